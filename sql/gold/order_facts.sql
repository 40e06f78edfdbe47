-- Of what happened, the orders and returns: a small part of it, which most tables are about.
select * from facts where event_type in ('order_created', 'order_returned')
