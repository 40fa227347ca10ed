"""What the exchange is: values and decisions, without network, database or clock."""
