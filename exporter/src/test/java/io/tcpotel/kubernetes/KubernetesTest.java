// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.KernelTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test on the real node, subject to {@link ClusterRequirement}; {@code ./verify --kubernetes}
 * alone runs it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("kubernetes")
@KernelTest
@CollectorTest
@ExtendWith(ClusterRequirement.class)
@interface KubernetesTest {}
