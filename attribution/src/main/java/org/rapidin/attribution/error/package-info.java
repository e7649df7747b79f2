/**
 * How far an inner product of stored vectors may be from that of the gradients. Imports nothing of
 * the other packages. Start at {@link org.rapidin.attribution.error.InfluenceError}.
 */
package org.rapidin.attribution.error;
