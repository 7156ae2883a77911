/** What every cost that leaves the console is: nobody's bill, but use times list prices. */
export const BASIS = 'list-price estimate';
