// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is called by hand has the signatures that the headers give, and fits the one shape. */
class LibbpfCallsTest {
  private static final Set<String> OWN = Set.of("errno", "open");
  private static final int REGISTERS = 6;

  static List<Method> functions() {
    return Arrays.stream(LibbpfCalls.class.getDeclaredMethods())
        .filter(method -> !Modifier.isPrivate(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !OWN.contains(method.getName()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("functions")
  void isAsTheGeneratedBindingHasIt(Method function) throws Exception {
    Method generated =
        Libbpf.class.getMethod(function.getName(), function.getParameterTypes()); // or it throws
    assertThat(function.getReturnType()).isEqualTo(generated.getReturnType());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void hasIntegersAndPointersInRegistersAlone(Method function) throws Exception {
    FunctionDescriptor descriptor =
        (FunctionDescriptor)
            Libbpf.class.getMethod(function.getName() + "$descriptor").invoke(null);
    assertThat(descriptor.argumentLayouts()).hasSizeLessThanOrEqualTo(REGISTERS);
    assertThat(
            Stream.concat(
                descriptor.argumentLayouts().stream(), descriptor.returnLayout().stream()))
        .allSatisfy(
            layout ->
                assertThat(layout)
                    .isInstanceOfAny(
                        ValueLayout.OfBoolean.class,
                        ValueLayout.OfInt.class,
                        ValueLayout.OfLong.class,
                        java.lang.foreign.AddressLayout.class));
  }

  @Test
  void allGeneratedFunctionsAreHere() {
    List<String> generated =
        Arrays.stream(Libbpf.class.getMethods())
            .map(Method::getName)
            .filter(name -> name.endsWith("$descriptor"))
            .map(name -> name.substring(0, name.indexOf('$')))
            .toList();
    assertThat(functions()).extracting(Method::getName).containsAll(generated);
  }

  @Test
  void errnoIsThatOfTheLastCall() {
    assertThat(LibbpfCalls.close(-1)).isEqualTo(-1);
    assertThat(Errno.describe(LibbpfCalls.errno())).contains("EBADF");
  }

  @Test
  void memoryOfTheJavaHeapIsRefused() {
    MemorySegment heap = MemorySegment.ofArray(new long[1]);
    assertThatThrownBy(() -> LibbpfCalls.clock_gettime(Libbpf.CLOCK_MONOTONIC(), heap))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
