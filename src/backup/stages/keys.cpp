#include "backup/stages/keys.hpp"

#include <sodium.h>

#include <stdexcept>

#include "backup/stages/hash.hpp"
#include "objects/digest.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kPublic = "steward-public-key:";
constexpr std::size_t kLargestKeyFile = 4096;
constexpr std::string_view kSecret = "steward-secret-key:";

void start_sodium() {
  static const int started = ::sodium_init();
  if (started < 0) throw std::runtime_error("libsodium cannot start: the kernel gives no random bytes");
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

Result<std::string> key_after(std::string_view line, std::string_view label) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  auto key =
      line.starts_with(label) ? bytes_of_hex(line.substr(label.size())) : Result<std::string>(std::string{});
  if (!key || key->size() != crypto_box_PUBLICKEYBYTES)
    return fail(Code::invalid, "no key here: expected one line, '{}' and 64 lower-case hex digits", label);
  return key;
}

}  // namespace

Identity make_identity() {
  start_sodium();
  std::string public_key(crypto_box_PUBLICKEYBYTES, '\0');
  std::string secret_key(crypto_box_SECRETKEYBYTES, '\0');
  crypto_box_keypair(raw(public_key), raw(secret_key));
  return {std::move(public_key), Secret(std::move(secret_key))};
}

std::string public_key_line(const Identity& identity) {
  return fmt::format("{}{}\n", kPublic, objects::hex(identity.public_key));
}

Secret secret_key_line(const Identity& identity) {
  return Secret(fmt::format("{}{}\n", kSecret, objects::hex(identity.secret_key.reveal())));
}

Result<std::string> parse_public_key(std::string_view line) {
  return key_after(line, kPublic);
}

Result<Identity> parse_secret_key(std::string_view line) {
  auto key = key_after(line, kSecret);
  if (!key) return std::unexpected(key.error());
  start_sodium();
  std::string public_key(crypto_box_PUBLICKEYBYTES, '\0');
  crypto_scalarmult_base(raw(public_key), raw(*key));
  return Identity{std::move(public_key), Secret(std::move(*key))};
}

Result<Identity> read_secret_key(const std::string& path) {
  auto line = read_file(path, kLargestKeyFile);
  if (!line) return std::unexpected(line.error());
  const Secret text(std::move(*line));
  auto key = parse_secret_key(text.reveal());
  if (!key) return fail(key.error(), "{}", path);
  return key;
}

Secret make_data_key() {
  start_sodium();
  std::string key(crypto_secretstream_xchacha20poly1305_KEYBYTES, '\0');
  randombytes_buf(key.data(), key.size());
  return Secret(std::move(key));
}

Result<SealedKey> seal_key(const Secret& data_key, const Recipient& recipient) {
  start_sodium();
  const std::string& plain = data_key.reveal();
  std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
  if (recipient.public_key.size() != crypto_box_PUBLICKEYBYTES ||
      crypto_box_seal(raw(sealed), raw(plain), plain.size(), raw(recipient.public_key)) != 0)
    return fail(Code::invalid, "the public key of the recipient '{}' is none", recipient.name);
  return SealedKey{recipient.name, recipient.public_key, std::move(sealed)};
}

Result<Secret> open_key(const std::vector<SealedKey>& sealed, const std::vector<Identity>& identities) {
  start_sodium();
  std::string names;
  for (const SealedKey& each : sealed) {
    names.append(names.empty() ? "" : ", ").append(each.name);
    for (const Identity& identity : identities) {
      if (identity.public_key != each.public_key) continue;
      std::string key(crypto_secretstream_xchacha20poly1305_KEYBYTES, '\0');
      if (each.sealed_key.size() != key.size() + crypto_box_SEALBYTES ||
          crypto_box_seal_open(raw(key), raw(each.sealed_key), each.sealed_key.size(),
                               raw(identity.public_key), raw(identity.secret_key.reveal())) != 0)
        return fail(Code::corrupt, "the data key sealed for '{}' is damaged", each.name);
      return Secret(std::move(key));
    }
  }
  if (identities.empty()) {
    return fail(Code::denied,
                "it is encrypted: give the file of a secret key (--key FILE); the keys of these open it: {}",
                names);
  }
  return fail(Code::denied, "none of the secret keys given opens this backup; the keys of these do: {}",
              names);
}

std::string mac_hex(const Secret& data_key, std::string_view bytes) {
  return objects::hex(objects::bytes_of(objects::hmac_sha256(data_key.reveal(), bytes)));
}

}  // namespace steward::backup
