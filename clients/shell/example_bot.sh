#!/bin/sh
# A bot in ten lines of shell: a journal, a gate, a clean end.
say() { printf '%s\n' "$1" >> "$STEWARD_JOURNAL"; }
trap 'say "{\"type\":\"note\",\"text\":\"asked to stop\"}"; exit 0' TERM
say '{"type":"note","text":"hello"}'
turns=0
while :; do
  turns=$((turns + 1))
  read -r gate _ < "$STEWARD_GATE"
  [ "$gate" = open ] && say "{\"type\":\"metric\",\"name\":\"turns\",\"kind\":\"counter\",\"value\":$turns}"
  sleep 1 & wait $!
done
