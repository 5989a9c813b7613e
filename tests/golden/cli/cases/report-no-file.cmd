idletax report
