    .section .rodata
    .global steward_dashboard_page
    .global steward_dashboard_page_end
steward_dashboard_page:
    .incbin "page.html"
steward_dashboard_page_end:
    .section .note.GNU-stack, "", @progbits
