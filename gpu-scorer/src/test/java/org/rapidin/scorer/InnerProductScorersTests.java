package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InnerProductScorersTests {

  @Test
  void theVectorApiIsTakenWhereItIsPresentAndFast() {
    Class<?> wanted = VectorApiScorer.isFast() ? VectorApiScorer.class : PlainScorer.class;
    assertInstanceOf(wanted, InnerProductScorers.best());
  }

  @ParameterizedTest
  @CsvSource({
    "InnerProductScorers,PlainScorer",
    "bits.WalshTransform,bits.PlainWalshTransform",
    "bits.BitProducts,bits.PlainBitProducts"
  })
  void withoutTheIncubatorModulePlainJavaServes(String choice, String plain) throws Exception {
    String prefix = "org.rapidin.scorer.";
    Method best = new WithoutVectorModule().loadClass(prefix + choice).getDeclaredMethod("best");
    best.setAccessible(true);
    assertEquals(prefix + plain, best.invoke(null).getClass().getName());
  }

  @Test
  void whatComputesAndWhyIsSaid() throws Exception {
    String here = CpuVectors.description();
    assertEquals(VectorApiScorer.isFast(), here.startsWith("Vector API, "), here);
    assertEquals(VectorApiScorer.isFast(), CpuVectors.areUsed());
    Class<?> without = new WithoutVectorModule().loadClass("org.rapidin.scorer.CpuVectors");
    assertEquals(false, without.getDeclaredMethod("areUsed").invoke(null));
    assertEquals(
        "plain Java, because the JVM was started without --add-modules=jdk.incubator.vector",
        without.getDeclaredMethod("description").invoke(null));
  }

  /** Loads this package again without the incubator module, as a JVM without --add-modules does. */
  private static final class WithoutVectorModule extends ClassLoader {
    WithoutVectorModule() {
      super(InnerProductScorersTests.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("jdk.incubator.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("org.rapidin.scorer.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
