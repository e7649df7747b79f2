package org.rapidin.demo;

import java.nio.file.Path;

/** The demo's files as committed, seen from this module. */
public final class CommittedDemo {
  private CommittedDemo() {}

  public static DemoFiles files() {
    return new DemoFiles(Path.of("..", DemoFiles.COMMITTED));
  }
}
