// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import java.lang.reflect.Proxy;

/**
 * Runs something at a signal. The module jdk.unsupported has the only way to signals in Java; it is
 * called by reflection, since the compiler's warning about it cannot be switched off and warnings
 * fail the build.
 */
final class ProcessSignal {
  private ProcessSignal() {}

  /**
   * Takes over a signal of this process.
   *
   * @param name without SIG
   */
  static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> onCall(method.getName(), action));
      Object wanted = signal.getConstructor(String.class).newInstance(name);
      signal.getMethod("handle", signal, handler).invoke(null, wanted, proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java cannot handle signals: SIG" + name, e);
    }
  }

  /**
   * SignalHandler's own method and those of Object, which the JDK calls when it compares handlers.
   */
  private static Object onCall(String method, Runnable action) {
    switch (method) {
      case "handle":
        action.run();
        return null;
      case "hashCode":
        return System.identityHashCode(action);
      case "equals":
        return false;
      default:
        return "signal handler";
    }
  }
}
