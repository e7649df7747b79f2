package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The zip that users install. */
class PluginZipIT {
  private ZipFile zip;

  @BeforeEach
  void open() throws IOException {
    try (Stream<Path> files = Files.list(Main.root().resolve("plugin/target"))) {
      Path file = files.filter(path -> path.toString().endsWith(".zip")).findFirst().orElseThrow();
      zip = new ZipFile(file.toFile());
    }
  }

  @AfterEach
  void close() throws IOException {
    zip.close();
  }

  @Test
  void holdsTheLicenseAndTheNoticeOfTheProject() throws IOException {
    for (String file : List.of("LICENSE", "NOTICE")) {
      assertEquals(Files.readString(Main.root().resolve(file)), text(file), file);
    }
  }

  @Test
  void holdsEveryLicenseThatTheNoticeNames() throws IOException {
    Matcher named = Pattern.compile("licenses/[a-z0-9]+\\.txt").matcher(text("NOTICE"));
    int count = 0;
    while (named.find()) {
      String license = text(named.group());
      // Licenses of Intel and NVIDIA are referred to where they publish them.
      boolean referred =
          license.contains("https://www.intel.com/")
              || license.contains("https://docs.nvidia.com/cuda/eula/");
      assertTrue(license.length() > 1_000 || referred, named.group());
      count++;
    }
    assertEquals(names().filter(name -> name.matches("licenses/.+")).count(), count);
  }

  @Test
  void theNoticeCoversEveryForeignFile() throws IOException {
    String notice = text("NOTICE").replaceAll("\\s+", " ");
    for (String name : names().filter(PluginZipIT::isForeign).toList()) {
      String software =
          switch (name.replaceAll("^.*/|-[0-9].*", "")) {
            case "api", "pytorch-engine", "pytorch-jni", "libdjl_torch.so" -> "Deep Java Library";
            case "gson" -> "Gson";
            case "jcuda" -> "JCuda 12.6.0";
            case "slf4j-api" -> "SLF4J 2.0.17";
            case "log4j-slf4j2-impl" -> "SLF4J 2 Provider for Log4j API";
            case "tokenizers" -> "Hugging Face tokenizers";
            case "libtorch.so", "libtorch_cpu.so", "libc10.so" -> "PyTorch";
            case "libgomp" -> "GCC's OpenMP runtime";
            default ->
                throw new AssertionError(name + " is not covered: extend NOTICE and this test");
          };
      assertTrue(notice.contains(software), name);
    }
  }

  /** Necessary for row 66; {@code ./rapidin bench faults --row 66} builds twice and compares. */
  @Test
  void row66_entriesAreSortedAndHaveOneTime() {
    List<String> names = names().toList();
    assertEquals(names.stream().sorted().toList(), names);
    assertEquals(1, zip.stream().map(ZipEntry::getTime).distinct().count());
  }

  private static boolean isForeign(String name) {
    return !name.startsWith("rapidin-") && (name.endsWith(".jar") || name.contains(".so"));
  }

  private Stream<String> names() {
    return zip.stream().map(ZipEntry::getName);
  }

  private String text(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    assertNotNull(entry, name);
    return new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
  }
}
