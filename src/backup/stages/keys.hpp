#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace steward::backup {

/// Who can read a backup: a name for people and an X25519 public key (32 bytes).
struct Recipient {
  std::string name;
  std::string public_key;
};

/// A key pair that opens backups: the offline key, or the drill key of a host.
struct Identity {
  std::string public_key;
  Secret secret_key;
};

/// A data key under one recipient's public key, as the manifest keeps it; raw bytes.
struct SealedKey {
  std::string name;
  std::string public_key;
  std::string sealed_key;
};

Identity make_identity();
/// The line of a key file, "steward-public-key:…" and "steward-secret-key:…", with or without line break.
std::string public_key_line(const Identity& identity);
Secret secret_key_line(const Identity& identity);
/// Errors name neither the text nor the key.
Result<std::string> parse_public_key(std::string_view line);
Result<Identity> parse_secret_key(std::string_view line);
/// The key in a key file; Code::not_found when there is no such file.
Result<Identity> read_secret_key(const std::string& path);

/// 32 random bytes, for one backup.
Secret make_data_key();
Result<SealedKey> seal_key(const Secret& data_key, const Recipient& recipient);
/// The data key, by the first identity that is among the recipients; Code::denied when none is, Code::corrupt
/// when what it should open is damaged.
Result<Secret> open_key(const std::vector<SealedKey>& sealed, const std::vector<Identity>& identities);

/// HMAC-SHA-256, 64 hex digits.
std::string mac_hex(const Secret& data_key, std::string_view bytes);

}  // namespace steward::backup
