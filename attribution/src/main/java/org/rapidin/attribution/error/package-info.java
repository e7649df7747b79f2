/**
 * The error of an inner product of stored vectors as an estimate of that of the gradients. Imports
 * none of the other packages. Start at {@link org.rapidin.attribution.error.InfluenceError}.
 */
package org.rapidin.attribution.error;
