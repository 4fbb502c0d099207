#pragma once

#include <map>
#include <string>
#include <string_view>

#include "objects/s3/credentials.hpp"

namespace steward::objects {

/// The JSON of the container's and the instance's endpoint: AccessKeyId, SecretAccessKey, Token, Expiration.
Result<Credentials> parse_credentials(std::string_view json);

/// One section of an AWS profile file, "[default]" or "[profile NAME]", as names and values; empty when there
/// is none. Nested settings (lines that begin with blanks) are left out, lines that are nothing are errors.
Result<std::map<std::string, std::string>> parse_profile(std::string_view text, std::string_view profile);

/// Whether a container's endpoint may be asked: https, or http to this machine and the link-local addresses
/// of ECS and EKS. The token goes there in the clear.
bool is_trusted_endpoint(std::string_view url);

}  // namespace steward::objects
