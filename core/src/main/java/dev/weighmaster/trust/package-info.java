/** The trust policy and the trust roots that it names. */
package dev.weighmaster.trust;
