package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every model below {@code --models} is listed under a predictable name, or refused by name. */
class ModelFoldersTests {
  @TempDir private Path work;
  private Path source;
  private Path target;

  @BeforeEach
  void folders() throws IOException {
    source = Files.createDirectories(work.resolve("source"));
    target = work.resolve("target");
  }

  @Test
  void aLinkWithoutATargetIsNamedWithItsTarget() throws IOException {
    model(source.resolve("good"), "good");
    Path link = link(source.resolve("bad"), work.resolve("gone"));
    assertRefused(link + " is a link to " + work.resolve("gone") + ", which does not exist");
  }

  @Test
  void aFileThatIsALinkWithoutATargetIsNamed() throws IOException {
    Path model = model(source.resolve("m"), "m");
    Path link = link(model.resolve("model-2.safetensors"), work.resolve("gone"));
    assertRefused(link + " is a link to ");
  }

  @Test
  void aConfigurationThatIsALinkWithoutATargetIsNamed() throws IOException {
    Path model = Files.createDirectories(source.resolve("m"));
    Path link = link(model.resolve("config.json"), work.resolve("gone"));
    assertRefused(link + " is a link to ");
  }

  @Test
  void linksToFoldersOfOneNameAreTwoModels() throws IOException {
    link(source.resolve("a"), model(work.resolve("one/model"), "first"));
    link(source.resolve("b"), model(work.resolve("two/model"), "second"));
    assertEquals(List.of("a", "b"), add());
    assertEquals("first", Files.readString(target.resolve("a/config.json")));
    assertEquals("second", Files.readString(target.resolve("b/config.json")));
  }

  @Test
  void twoModelsOfOneNameAreRefused() throws IOException {
    model(source.resolve("org--m"), "folder");
    snapshot("models--org--m", "hash");
    assertRefused("are both called [org--m]");
  }

  @Test
  void aLinkedAdapterIsTaken() throws IOException {
    Path model = model(source.resolve("m"), "m");
    Path adapter = Files.createDirectories(work.resolve("runs/epoch-1"));
    Files.writeString(adapter.resolve("adapter_config.json"), "{}");
    link(model.resolve("lora"), adapter);
    assertEquals(List.of("m"), add());
    assertEquals("{}", Files.readString(target.resolve("m/lora/adapter_config.json")));
  }

  @Test
  void aLinkToAFolderAboveIsRefused() throws IOException {
    Path model = model(source.resolve("m"), "m");
    link(model.resolve("self"), model);
    assertRefused(model.resolve("self") + " links to a folder that contains it");
  }

  @Test
  void aHuggingFaceCacheIsListedByRepository() throws IOException {
    snapshot("models--HuggingFaceTB--SmolLM-135M", "8f2a");
    Files.createDirectories(source.resolve("datasets--org--d/snapshots/1"));
    Files.createDirectories(source.resolve(".locks"));
    assertEquals(List.of("HuggingFaceTB--SmolLM-135M"), add());
    Path weights = target.resolve("HuggingFaceTB--SmolLM-135M/model.safetensors");
    assertTrue(Files.isRegularFile(weights, LinkOption.NOFOLLOW_LINKS));
    assertEquals("weights", Files.readString(weights));
  }

  @Test
  void ofSeveralSnapshotsTheOneOfMainIsTaken() throws IOException {
    Path repository = snapshot("models--org--m", "old").getParent().getParent();
    Files.delete(snapshot("models--org--m", "new").resolve("model.safetensors"));
    assertRefused(repository + " has 2 snapshots and refs/main names none of them");
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), "new\n");
    assertEquals(List.of("org--m"), add());
    assertFalse(Files.exists(target.resolve("org--m/model.safetensors")));
  }

  @Test
  void aSnapshotOrARepositoryItselfIsOneModel() throws IOException {
    Path snapshot = snapshot("models--org--m", "8f2a");
    assertEquals(List.of("org--m"), new ModelFolders(target).add(snapshot));
    assertEquals(List.of("org--m"), new ModelFolders(target).add(snapshot.getParent().getParent()));
  }

  @Test
  void aModelReplacesAnEarlierOneOfItsName() throws IOException {
    Path first = model(work.resolve("one/m"), "first");
    Files.writeString(first.resolve("model-2.safetensors"), "more");
    new ModelFolders(target).add(first);
    new ModelFolders(target).add(model(work.resolve("two/m"), "second"));
    assertEquals("second", Files.readString(target.resolve("m/config.json")));
    assertFalse(Files.exists(target.resolve("m/model-2.safetensors")));
  }

  @Test
  void onlyFilesThatANodeReadsAreTaken() throws IOException {
    Path model = model(source.resolve("m"), "m");
    Files.writeString(model.resolve("pytorch_model.bin"), "pickle");
    add();
    assertFalse(Files.exists(target.resolve("m/pytorch_model.bin")));
  }

  @Test
  void aNameThatNoModelCanHaveIsRefused() throws IOException {
    model(source.resolve("my model"), "m");
    assertRefused("[my model] cannot be the name of a model");
  }

  private List<String> add() throws IOException {
    return new ModelFolders(target).add(source);
  }

  private void assertRefused(String message) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, this::add);
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  private static Path model(Path folder, String config) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), config);
    return folder;
  }

  /** A snapshot as huggingface_hub writes it: relative links to blobs. */
  private Path snapshot(String repository, String hash) throws IOException {
    Path blobs = Files.createDirectories(source.resolve(repository).resolve("blobs"));
    Files.writeString(blobs.resolve("b1"), "config");
    Files.writeString(blobs.resolve("b2"), "weights");
    Path snapshot =
        Files.createDirectories(source.resolve(repository).resolve("snapshots").resolve(hash));
    link(snapshot.resolve("config.json"), Path.of("../../blobs/b1"));
    link(snapshot.resolve("model.safetensors"), Path.of("../../blobs/b2"));
    return snapshot;
  }

  private static Path link(Path link, Path to) throws IOException {
    return Files.createSymbolicLink(link, to);
  }
}
