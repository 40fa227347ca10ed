"""What the exchange is: values and decisions, without network, database, clock or vendor code."""
