// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with the real backends, subject to {@link BackendsRequirement}; {@code ./verify
 * --backends} alone runs it.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("backends")
@ExtendWith(BackendsRequirement.class)
public @interface BackendsTest {}
