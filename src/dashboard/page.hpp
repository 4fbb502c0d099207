#pragma once

#include "net/http_message.hpp"

namespace steward::dashboard {

/// GET /dashboard: the page with its style and script inline, and the policy that lets it load nothing else.
net::Response page();

}  // namespace steward::dashboard
