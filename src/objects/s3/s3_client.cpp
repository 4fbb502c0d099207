#include "objects/s3/s3_client.hpp"

#include <algorithm>
#include <condition_variable>

#include "base/ulid.hpp"
#include "objects/digest.hpp"

namespace steward::objects {

std::uint64_t S3Client::LockedRandom::next() {
  const std::scoped_lock lock(client_.random_mutex_);
  return client_.parts_.random->next();
}

std::string S3Client::token() {
  LockedRandom random(*this);
  return make_ulid(parts_.clock->wall(), random);
}

bool S3Client::wait(std::int64_t ns, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, stop, std::chrono::nanoseconds(ns), [] { return false; });
  return !stop.stop_requested();
}

bool S3Client::wait_for_quiet(MonoNs deadline, const std::stop_token& stop) const {
  const std::int64_t left = std::min(quiet_until_.load(), deadline) - parts_.clock->mono();
  return left <= 0 ? !stop.stop_requested() : wait(left, stop);
}

Result<net::HttpCall> S3Client::prepare(const S3Request& request, MonoNs deadline) {
  const WallNs time = now();
  auto credentials = parts_.credentials->get(time);
  if (!credentials) return std::unexpected(credentials.error());
  const SigningKey& key = (*credentials)->key;
  const std::string host = address_.virtual_hosted ? address_.bucket + "." + address_.host : address_.host;
  SignedRequest to_sign{
      .method = request.method,
      .path = (address_.virtual_hosted ? "/" : "/" + address_.bucket + "/") + request.key,
      .query = request.query,
      .headers = request.headers,
      .payload_hash = hex(bytes_of(request.body_hash ? *request.body_hash : sha256(request.body)))};
  // "/bucket/" and "/bucket" are the same to a store; some sign-checkers know only the second.
  if (request.key.empty() && !address_.virtual_hosted) to_sign.path.pop_back();
  to_sign.headers.emplace_back("Host", host);
  to_sign.headers.emplace_back("x-amz-content-sha256", to_sign.payload_hash);
  to_sign.headers.emplace_back("x-amz-date", amz_date(time));
  if (!key.token.empty()) to_sign.headers.emplace_back("x-amz-security-token", key.token.reveal());
  const Signature signature = sign_v4(to_sign, key, {address_.region}, time);
  net::HttpCall call{.method = request.method,
                     .url = address_.scheme + "://" + host + uri_encode(to_sign.path, true),
                     .place = host,
                     .headers = std::move(to_sign.headers),
                     .body = request.body,
                     .ca_file = options_.ca_file,
                     .timeout_ns = deadline - parts_.clock->mono(),
                     .most_bytes = request.most_bytes,
                     .stop = request.stop.value_or(options_.stop)};
  if (request.patient) call.quiet_ns = call.timeout_ns;
  if (!request.query.empty()) call.url += "?" + uri_query(request.query);
  call.headers.emplace_back("Authorization", signature.authorization);
  return call;
}

Judgement S3Client::attempt(const S3Request& request, const Proof& proof, MonoNs deadline,
                            S3Outcome& outcome) {
  const std::string what = name_of(request.key);
  auto call = prepare(request, deadline);
  if (!call) return {.verdict = Verdict::failed, .error = Error(call.error().code(), what, call.error())};
  if (call->timeout_ns <= 0)
    return {.verdict = Verdict::failed, .error = Error(Code::timeout, what + ": no answer in time")};
  outcome.reply = parts_.http->call(*call);
  if (outcome.reply) answered_ = true;
  Judgement judgement = judge(outcome.reply, what, now());
  if (judgement.verdict == Verdict::done && proof) judgement = proof(*outcome.reply);
  return judgement;
}

void S3Client::mend(const Judgement& judgement) {
  if (judgement.verdict == Verdict::skewed && judgement.offset_ns) offset_ns_ += *judgement.offset_ns;
  if (judgement.verdict == Verdict::expired) parts_.credentials->reject();
}

S3Outcome S3Client::send(const S3Request& request, const Proof& proof) {
  const MonoNs begun = parts_.clock->mono();
  const MonoNs deadline = begun + options_.deadline_ns;
  LockedRandom random(*this);
  Retry retry(parts_.times, random, deadline);
  const std::stop_token stop = request.stop.value_or(options_.stop);
  S3Outcome outcome{.reply = fail(Code::internal, "nothing was sent")};
  while (true) {
    Judgement judgement{.verdict = Verdict::failed,
                        .error = Error(Code::cancelled, name_of(request.key) + ": given up, as was asked")};
    if (wait_for_quiet(deadline, stop)) judgement = attempt(request, proof, deadline, outcome);
    if (judgement.verdict == Verdict::done) return outcome;
    outcome.fault = judgement.fault;
    const MonoNs now = parts_.clock->mono();
    const auto pause = retry.after(judgement, now);
    const bool nobody = !answered_ && now + pause.value_or(0) - begun >= parts_.times.first_contact_ns;
    if (!pause || nobody) {
      // The last attempt's own doubt is told by the error's code; earlier ones' by the flag.
      const int tries = retry.attempts();
      outcome.reply = tries == 1 ? std::unexpected(*judgement.error)
                                 : fail(*judgement.error, "given up after {} attempts{}", tries,
                                        answered_ ? "" : ", none of which was answered");
      return outcome;
    }
    outcome.doubtful = outcome.doubtful || judgement.doubtful;
    mend(judgement);
    if (judgement.verdict == Verdict::throttled) {
      MonoNs until = quiet_until_.load();
      while (until < now + *pause && !quiet_until_.compare_exchange_weak(until, now + *pause)) {
      }
    }
    static_cast<void>(wait(*pause, stop));  // asked to stop: wait_for_quiet says so too
  }
}

}  // namespace steward::objects
