package org.rapidin.plugin.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.action.ActionType;
import org.opensearch.core.common.io.stream.NamedWriteable;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportMessage;
import org.opensearch.index.query.QueryBuilder;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodeRequest;

/**
 * Whatever goes to other nodes begins with a version of ours, after what OpenSearch's superclass
 * writes: the first call that writes to the stream is {@link VersionedBody#write}. The classes are
 * found and their code is read, so that a new message need not be named here.
 */
class MessageVersionTests {
  /** They frame other messages, which begin with a version, and write nothing else. */
  private static final Set<Class<?>> FRAMES =
      Set.of(NodeRequest.class, NodeAnswer.class, NodeAnswers.class);

  private static final ClassDesc STREAM = desc(StreamOutput.class);

  /** All messages, queries and parts of the cluster state, and what nodes answer. */
  static List<Class<?>> messages() throws Exception {
    List<Class<?>> classes = classes();
    return Stream.concat(
            classes.stream()
                .filter(
                    type ->
                        !Modifier.isAbstract(type.getModifiers())
                            && (TransportMessage.class.isAssignableFrom(type)
                                || NamedWriteable.class.isAssignableFrom(type))),
            classes.stream()
                .filter(ActionType.class::isAssignableFrom)
                .flatMap(action -> answer(action.getGenericSuperclass()).stream()))
        .filter(type -> !FRAMES.contains(type))
        .distinct()
        .toList();
  }

  /** The classes of the plugin, without the tests. */
  private static List<Class<?>> classes() throws Exception {
    Path root =
        Path.of(VersionedBody.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(file -> file.startsWith("org/rapidin/") && file.endsWith(".class"))
          .filter(file -> !file.endsWith("package-info.class"))
          .<Class<?>>map(file -> load(file.replace(".class", "").replace('/', '.')))
          .toList();
    }
  }

  /** What each node answers, of {@code ActionType<NodeAnswers<A>>}. */
  private static Optional<Class<?>> answer(Type action) {
    return ((ParameterizedType) action).getActualTypeArguments()[0] instanceof ParameterizedType all
            && all.getRawType() == NodeAnswers.class
        ? Optional.of((Class<?>) all.getActualTypeArguments()[0])
        : Optional.empty();
  }

  @Test
  void messagesAreFound() throws Exception {
    List<Class<?>> messages = messages();
    assertTrue(messages.size() > 40, messages::toString);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageBeginsWithAVersion(Class<?> message) throws IOException {
    // OpenSearch writes boost and name of a query before what the query writes itself.
    String method = QueryBuilder.class.isAssignableFrom(message) ? "doWriteTo" : "writeTo";
    assertEquals("VersionedBody.write", firstWrite(message, method), message.getName());
  }

  private static String firstWrite(Class<?> message, String method) throws IOException {
    Optional<InvokeInstruction> first =
        code(message, method)
            .code()
            .orElseThrow()
            .elementStream()
            .filter(InvokeInstruction.class::isInstance)
            .map(InvokeInstruction.class::cast)
            .filter(call -> call.opcode() != Opcode.INVOKESPECIAL && writes(call))
            .findFirst();
    if (first.isEmpty()) {
      return "nothing";
    }
    String owner = first.get().owner().asInternalName().replace('/', '.');
    String name = first.get().name().stringValue();
    // A message may be nothing but another one.
    return name.equals("writeTo") && owner.startsWith("org.rapidin.")
        ? firstWrite(load(owner), name)
        : owner.substring(owner.lastIndexOf('.') + 1) + "." + name;
  }

  private static boolean writes(InvokeInstruction call) {
    return call.owner().asSymbol().equals(STREAM)
        || call.typeSymbol().parameterList().contains(STREAM);
  }

  private static MethodModel code(Class<?> type, String method) throws IOException {
    String file = "/" + type.getName().replace('.', '/') + ".class";
    try (InputStream bytes = type.getResourceAsStream(file)) {
      return ClassFile.of().parse(bytes.readAllBytes()).methods().stream()
          .filter(candidate -> candidate.methodName().equalsString(method))
          .findFirst()
          .orElseThrow(() -> new AssertionError(type + " has no " + method + " and no version"));
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, MessageVersionTests.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }
}
