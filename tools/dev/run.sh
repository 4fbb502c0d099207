# ./dev run: builds, writes a configuration with three paper-trading bots, and starts it in the foreground.
# shellcheck shell=bash

cmd_run() {
  local state=build/run steward=
  while [ $# -gt 0 ]; do
    case "$1" in
      --state) state=${2:?--state needs a folder} ;;
      --steward) steward=${2:?--steward needs the path of the program} ;;
      *) die "./dev run: unknown option '$1'; it takes --state DIR and --steward PATH" ;;
    esac
    shift 2
  done
  if [ -z "$steward" ]; then
    setup build
    say "building the release"
    build_preset release steward steward-keeper
    steward=build/release/bin/steward
  fi
  mkdir -p "$state"
  state=$(realpath "$state")
  steward=$(realpath "$steward")
  local config=$state/steward.toml
  run_config "$steward" "$state" "$(free_port 8000)" "$(free_port 8080)" >"$config"
  say "configuration: $config; in another terminal: $steward status --config $config"
  exec "$steward" up --config "$config"
}

# The first port from $1 on that nobody listens on.
free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  [ "$port" = "$1" ] || say "port $1 is taken; using $port"
  echo "$port"
}

run_config() {
  local steward=$1 state=$2 metrics=$3 dashboard=$4
  cat <<TOML
# Written by ./dev run, anew each time: paper trading on synthetic markets, no money and no account.
[steward]
state = "$state"

[metrics]
listen = "127.0.0.1:$metrics"

[dashboard]
listen = "127.0.0.1:$dashboard"
TOML
  strategy_bot "$steward" back-favourite 7
  strategy_bot "$steward" lay-the-drifter 11
  cat <<TOML

[[bot]]
name = "python-example"
command = ["python3", "-u", "$ROOT/clients/python/example_bot.py"]
restart_delay = "1s"
watchdog = "30s"
gate = true
TOML
}

strategy_bot() {
  cat <<TOML

[[bot]]
name = "$2"
command = ["$1", "trade", "--replay", "synthetic:$3", "--speed", "10x", "--strategy", "$2"]
restart_delay = "1s"
watchdog = "30s"
gate = true
TOML
}
