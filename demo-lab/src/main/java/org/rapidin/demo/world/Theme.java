package org.rapidin.demo.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The parts of stories of one kind. Templates contain {@code {person}} and the keys of {@code
 * words} in braces.
 *
 * @param name the documents' topic
 * @param subjects names of the theme in requests
 * @param contexts templates of sentences that may precede any request; unrelated to it, even if
 *     they contain {@code {subject}}
 * @param opener the first words of every story; no other theme has the same first word
 * @param sentences templates of the sentences after it
 * @param words choices by slot
 */
public record Theme(
    String name,
    List<String> subjects,
    List<String> contexts,
    String opener,
    List<String> sentences,
    Map<String, List<String>> words) {
  public Theme {
    subjects = List.copyOf(subjects);
    contexts = List.copyOf(contexts);
    sentences = List.copyOf(sentences);
    words = Map.copyOf(words);
  }

  /** All texts that stories and requests of the theme are made of. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>(subjects);
    texts.addAll(contexts);
    texts.add(opener);
    texts.addAll(sentences);
    sentences.forEach(sentence -> texts.add(StoryWriter.capitalised(sentence)));
    words.values().forEach(texts::addAll);
    return texts;
  }
}
