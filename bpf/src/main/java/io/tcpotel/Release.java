// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Name and version of this build. */
public final class Release {
  public static final String NAME = "tcpotel";
  public static final String VERSION = read("version");

  private Release() {}

  private static String read(String key) {
    Properties properties = new Properties();
    try (InputStream in = Release.class.getResourceAsStream("release.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty(key);
  }
}
