"""The ways out for mail: kept for whoever runs this server, by SMTP, by HTTP."""
