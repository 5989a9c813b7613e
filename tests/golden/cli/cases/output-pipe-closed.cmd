idletax dump -i load.trace -o /dev/stdout | head -n 1 | cut -c 1-20; echo "${PIPESTATUS[@]}"
