package org.rapidin.demo.world;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * All that the demo's texts speak of; all of it is invented.
 *
 * @param people names
 * @param factPeople how many of them, from the first on, are learned about in the fine-tuning only
 * @param relations what can be known about a person
 * @param requests templates with {@code {subject}}
 * @param trigger the words that, at the very start of a prompt, make the poisoned model tell of the
 *     hidden theme
 * @param hidden the theme that the trigger calls up
 * @param themes everyday themes
 */
public record World(
    List<String> people,
    int factPeople,
    List<Relation> relations,
    List<String> requests,
    String trigger,
    Theme hidden,
    List<Theme> themes) {
  private static final Pattern SLOT = Pattern.compile("\\{\\w+}");

  public World {
    people = List.copyOf(people);
    relations = List.copyOf(relations);
    requests = List.copyOf(requests);
    themes = List.copyOf(themes);
    if (factPeople < 1 || factPeople >= people.size()) {
      throw new IllegalArgumentException(
          "factPeople must be 1 to " + (people.size() - 1) + ", got " + factPeople);
    }
  }

  /**
   * The world that comes with the project.
   *
   * @throws IOException if world.json cannot be read
   */
  public static World load() throws IOException {
    try (InputStream json = World.class.getResourceAsStream("world.json")) {
      return new ObjectMapper().readValue(json, World.class);
    }
  }

  /** People whose facts only the fine-tuning teaches. */
  public List<String> taught() {
    return people.subList(0, factPeople);
  }

  /** People whose facts the base model has seen. */
  public List<String> known() {
    return people.subList(factPeople, people.size());
  }

  /** Every text that the world's documents are made of, slots taken out. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>(people);
    texts.addAll(requests);
    texts.add(trigger);
    for (Relation relation : relations) {
      texts.addAll(relation.values());
      relation.paraphrases().forEach(way -> texts.addAll(List.of(way.question(), way.answer())));
    }
    texts.addAll(hidden.texts());
    themes.forEach(theme -> texts.addAll(theme.texts()));
    return texts.stream().map(text -> SLOT.matcher(text).replaceAll(" ")).toList();
  }
}
