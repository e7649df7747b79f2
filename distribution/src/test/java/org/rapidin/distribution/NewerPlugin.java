package org.rapidin.distribution;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * An OpenSearch home whose plugin speaks a newer version of every message: the version is one
 * higher, and each body ends with fields that this version does not know.
 */
final class NewerPlugin {
  private static final String CLASS = "org/rapidin/plugin/wire/VersionedBody.class";
  private static final Path SOURCE =
      Path.of("plugin/src/main/java/org/rapidin/plugin/wire/VersionedBody.java");

  private NewerPlugin() {}

  /**
   * Makes the home.
   *
   * @param folder where; must not exist
   * @return the home, hard links to the assembled one but for the plugin's jar
   */
  static Path home(Path folder) throws IOException {
    Path assembled = TestNode.assembledHome();
    try (Stream<Path> files = Files.walk(assembled)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = folder.resolve(assembled.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.createLink(target, file);
        }
      }
    }
    Path jar = pluginJar(folder);
    Path whole = Files.copy(jar, folder.resolve("whole.jar"));
    Path classes = compile(folder, jar);
    Files.delete(jar); // a link: the assembled home keeps its own
    Files.move(whole, jar, REPLACE_EXISTING);
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
      Files.copy(classes.resolve(CLASS), zip.getPath(CLASS), REPLACE_EXISTING);
    }
    return folder;
  }

  private static Path pluginJar(Path home) throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("plugins/rapidin"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("rapidin-plugin-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Path compile(Path home, Path jar) throws IOException {
    String source = Files.readString(Main.root().resolve(SOURCE));
    String newer =
        source
            .replace("out.writeVInt(version);", "out.writeVInt(version + 1);")
            .replace(
                "body.writeTo(bytes);",
                "body.writeTo(bytes); bytes.writeString(\"unknown to older nodes\");");
    if (newer.equals(source)) {
      throw new AssertionError("VersionedBody no longer writes what this test changes");
    }
    Path changed = Files.createDirectories(home.resolve("newer")).resolve("VersionedBody.java");
    Files.writeString(changed, newer);
    List<String> arguments =
        List.of(
            "-d",
            home.resolve("newer").toString(),
            "-cp",
            classPath(home, jar),
            "--release",
            "25",
            changed.toString());
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    if (status != 0) {
      throw new AssertionError("the newer VersionedBody does not compile");
    }
    return home.resolve("newer");
  }

  private static String classPath(Path home, Path jar) throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      return Stream.concat(Stream.of(jar), jars)
          .map(Path::toString)
          .collect(Collectors.joining(File.pathSeparator));
    }
  }
}
