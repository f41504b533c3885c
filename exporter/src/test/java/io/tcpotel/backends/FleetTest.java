// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.KernelRequirement;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that asks the backends of the {@link Fleet}, which its methods and its constructor may
 * have as a parameter. All tests of a run share one.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@BackendsTest
@ExtendWith({KernelRequirement.class, SharedFleet.class})
@interface FleetTest {}
