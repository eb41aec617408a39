from: fqdn
