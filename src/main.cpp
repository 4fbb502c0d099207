#include "cli/run.hpp"

int main(int argc, char** argv) {
  return steward::cli::run(argc, argv);
}
