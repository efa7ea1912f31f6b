"""SQL and the data folder: connections, transactions, migrations. No business words beyond the tables' names."""
