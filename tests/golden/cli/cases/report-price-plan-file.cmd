printf "{\n\"schema\": \"idletax.price-plan/1\",\n\"name\": \"ours\",\n\"currency\": \"USD\",\n\"source\": \"a test\",\n\"note\": \"without tax\",\n\"gb_second\": 0.00001,\n\"million_requests\": 1,\n\"round_up_ms\": 500,\n\"memory_step_mb\": 2048,\n\"init_billed\": true\n}\n" >ours.json
sed "s/0.00001/-5/" ours.json >negative.json
sed "s/\"round_up_ms\"/\"round_up\"/" ours.json >unknown.json
idletax report -i pair.trace --chains=1 --price-plan ours.json | head -8
for plan in negative.json unknown.json missing.json /dev/zero ./pair.trace ./; do idletax report -i pair.trace --price-plan "$plan"; echo "$?"; done; idletax explain 0 -i pair.trace --price-plan negative.json --json
