for m in svc-dev-a svc-dev-a= =5 svc-dev-a=0 svc-dev-a=99999 svc-dev-a=1GB svc-dev-c=512; do idletax report -i pair.trace --memory "$m"; echo "$?"; done
