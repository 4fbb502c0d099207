#pragma once

namespace steward::cli {

/// The whole of `steward`: reads the command line, does the command, returns the exit status.
int run(int argc, char** argv);

}  // namespace steward::cli
