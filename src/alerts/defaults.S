    .section .rodata
    .global steward_default_rules
    .global steward_default_rules_end
steward_default_rules:
    .incbin "defaults.toml"
steward_default_rules_end:
    .section .note.GNU-stack, "", @progbits
