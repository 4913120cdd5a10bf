package dev.weighmaster.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.io.HadoopStorage;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTensorsTest {
  @TempDir Path hub;

  enum Kind {
    LOCAL {
      @Override
      Storage open(Path hub) throws IOException {
        return new LocalStorage(hub);
      }
    },
    HADOOP {
      @Override
      Storage open(Path hub) throws IOException {
        return HadoopStorage.open(
            hub.toUri().toString(), new HadoopSettings(new Configuration(false)));
      }
    };

    abstract Storage open(Path hub) throws IOException;
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private void write(String name, GgufWriter gguf) throws IOException {
    Files.write(hub.resolve(name), gguf.toByteArray());
  }

  private void write(String name, SafetensorsWriter safetensors) throws IOException {
    Files.write(hub.resolve(name), safetensors.toByteArray());
  }

  private static GgufWriter tensor(GgufWriter gguf, String name) {
    return gguf.tensor(name, GgmlType.F32, List.of(2L), bytes(8));
  }

  private static GgufWriter part(int index, int count, int tensors) {
    return new GgufWriter()
        .put("split.no", new GgufValue.Whole(GgufType.UINT16, index))
        .put("split.count", new GgufValue.Whole(GgufType.UINT16, count))
        .put("split.tensors.count", new GgufValue.Whole(GgufType.INT32, tensors));
  }

  private ModelTensors model(String path) throws IOException {
    return ModelTensors.open(new LocalStorage(hub), path);
  }

  private UnreadableModelException failure(String path) throws IOException {
    Storage storage = new LocalStorage(hub);
    return catchThrowableOfType(
        UnreadableModelException.class, () -> ModelTensors.open(storage, path));
  }

  @Test
  void aGgufFileShowsItsTensorsRowFirst() throws IOException {
    write("m.gguf", new GgufWriter().tensor("a", GgmlType.Q8_0, List.of(64L, 3L, 1L), bytes(204)));

    Tensor tensor = model("m.gguf").find("a").orElseThrow();

    assertThat(tensor.type().name()).isEqualTo("Q8_0");
    assertThat(tensor.shape()).containsExactly(64L, 3L, 1L);
    assertThat(tensor.plainShape()).containsExactly(64L, 3L);
    assertThat(tensor.rowElements()).isEqualTo(64);
    assertThat(tensor.rows()).isEqualTo(3);
  }

  @Test
  void aSafetensorsFileShowsItsTensorsRowFirstToo() throws IOException {
    write(
        "m.safetensors",
        new SafetensorsWriter().tensor("a", SafetensorsType.BF16, List.of(3L, 64L), bytes(384)));

    Tensor tensor = model("m.safetensors").find("a").orElseThrow();

    assertThat(tensor.type().ggml()).contains(GgmlType.BF16);
    assertThat(tensor.shape()).containsExactly(64L, 3L);
    assertThat(tensor.rows()).isEqualTo(3);
  }

  @Test
  void aTensorWithoutElementsHasNoRows() throws IOException {
    write("m.gguf", new GgufWriter().tensor("a", GgmlType.F32, List.of(0L, 7L), new byte[0]));

    ModelTensors model = model("m.gguf");
    Tensor tensor = model.find("a").orElseThrow();

    assertThat(tensor.rows()).isZero();
    try (TensorBytes bytes = model.read(tensor)) {
      assertThat(bytes.remaining()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void readsATensorInStepsOfAnyLength(Kind kind) throws IOException {
    byte[] content = bytes(4 * 1000 * 700);
    write(
        "m.gguf",
        tensor(new GgufWriter(), "before")
            .tensor("a", GgmlType.F32, List.of(1000L, 700L), content)
            .tensor("behind", GgmlType.F32, List.of(2L), bytes(8)));
    try (Storage storage = kind.open(hub)) {
      ModelTensors model = ModelTensors.open(storage, "m.gguf");
      byte[] read = new byte[content.length];
      try (TensorBytes bytes = model.read(model.find("a").orElseThrow())) {
        for (int at = 0, step = 1; at < read.length; at += step, step = step * 3 + 1) {
          step = Math.min(step, read.length - at);
          bytes.read(read, at, step);
        }
        assertThat(bytes.remaining()).isZero();
      }

      assertThat(read).isEqualTo(content);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void readsSomeRowsOfATensor(Kind kind) throws IOException {
    byte[] content = bytes(34 * 2 * 9);
    write("m.gguf", new GgufWriter().tensor("a", GgmlType.Q8_0, List.of(64L, 3L, 3L), content));
    try (Storage storage = kind.open(hub)) {
      ModelTensors model = ModelTensors.open(storage, "m.gguf");
      Tensor tensor = model.find("a").orElseThrow();
      byte[] read = new byte[68 * 4];
      try (TensorBytes bytes = model.read(tensor, 2, 4)) {
        bytes.read(read, 0, read.length);
      }

      assertThat(read).isEqualTo(Arrays.copyOfRange(content, 136, 136 + 272));
      assertThatThrownBy(() -> model.read(tensor, 6, 4))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void readsNoMoreThanThereIs() throws IOException {
    write("m.gguf", tensor(new GgufWriter(), "a"));
    ModelTensors model = model("m.gguf");
    try (TensorBytes bytes = model.read(model.find("a").orElseThrow())) {
      assertThatThrownBy(() -> bytes.read(new byte[9], 0, 9))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aFileThatChangesAfterItsHeaderWasReadIsNotTakenForTheSame(Kind kind) throws IOException {
    write("m.gguf", tensor(new GgufWriter(), "a"));
    try (Storage storage = kind.open(hub)) {
      ModelTensors model = ModelTensors.open(storage, "m.gguf");
      change(hub.resolve("m.gguf"));

      assertThatThrownBy(() -> readAll(model, "a")).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aFileThatChangesWhileATensorIsReadIsNoticedWithItsLastByte(Kind kind) throws IOException {
    write("m.gguf", tensor(new GgufWriter(), "a"));
    try (Storage storage = kind.open(hub)) {
      ModelTensors model = ModelTensors.open(storage, "m.gguf");
      try (TensorBytes bytes = model.read(model.find("a").orElseThrow())) {
        bytes.read(new byte[8], 0, 7);
        change(hub.resolve("m.gguf"));

        assertThatThrownBy(() -> bytes.read(new byte[8], 7, 1))
            .isInstanceOf(ChangedDuringReadException.class);
      }
    }
  }

  private static void change(Path file) throws IOException {
    Files.write(file, new byte[1], StandardOpenOption.APPEND);
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
  }

  private static void readAll(ModelTensors model, String name) throws IOException {
    Tensor tensor = model.find(name).orElseThrow();
    try (TensorBytes bytes = model.read(tensor)) {
      bytes.read(new byte[(int) tensor.bytes()], 0, (int) tensor.bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"m-00001-of-00002.gguf", "m-00002-of-00002.gguf"})
  void anyPartOfASplitSetNamesTheWhole(String path) throws IOException {
    write("m-00001-of-00002.gguf", tensor(part(0, 2, 2), "a"));
    write("m-00002-of-00002.gguf", tensor(part(1, 2, 2), "b"));
    write("other-00001-of-00002.gguf", tensor(part(0, 2, 2), "c"));

    ModelTensors model = model(path);

    assertThat(model.tensors()).extracting(Tensor::name).containsExactly("a", "b");
    assertThat(model.find("b").orElseThrow().file()).isEqualTo(1);
    assertThat(model.metadata()).isPresent();
  }

  @Test
  void shardsOfSafetensorsAreFoundByTheirIndexAndByTheirNames() throws IOException {
    for (int i = 1; i <= 2; i++) {
      write(
          "model-0000%d-of-00002.safetensors".formatted(i),
          new SafetensorsWriter().tensor("t" + i, SafetensorsType.U8, List.of(1L), bytes(1)));
    }
    Files.writeString(
        hub.resolve("model.safetensors.index.json"),
        """
        {"weight_map": {"t1": "model-00001-of-00002.safetensors",
                        "t2": "model-00002-of-00002.safetensors"}}\
        """);

    for (String path :
        List.of("model.safetensors.index.json", "model-00002-of-00002.safetensors")) {
      assertThat(model(path).tensors()).extracting(Tensor::name).containsExactly("t1", "t2");
    }
  }

  @Test
  void partsThatDoNotMakeOneWholeAreNoModel() throws IOException {
    write("absent-00001-of-00002.gguf", tensor(part(0, 2, 2), "a"));
    write("place-00001-of-00002.gguf", tensor(part(1, 2, 2), "a"));
    write("place-00002-of-00002.gguf", tensor(part(1, 2, 2), "b"));
    write("count-00001-of-00002.gguf", tensor(part(0, 2, 3), "a"));
    write("count-00002-of-00002.gguf", tensor(part(1, 2, 3), "b"));
    write("twice-00001-of-00002.gguf", tensor(part(0, 2, 2), "a"));
    write("twice-00002-of-00002.gguf", tensor(part(1, 2, 2), "a"));

    assertThat(failure("absent-00001-of-00002.gguf"))
        .hasMessageContaining("of which part 2 is not here")
        .returns(Reason.IO_ERROR, e -> e.problem().reason());
    assertThat(failure("place-00001-of-00002.gguf"))
        .hasMessageContaining("is part 2 of 2, by its name it is part 1 of 2")
        .returns(Reason.MALFORMED_WEIGHTS, e -> e.problem().reason());
    assertThat(failure("count-00001-of-00002.gguf"))
        .hasMessageContaining("a set of 3 tensors, but the set holds 2")
        .returns(Reason.MALFORMED_WEIGHTS, e -> e.problem().reason());
    assertThat(failure("twice-00001-of-00002.gguf"))
        .hasMessageContaining("tensor \"a\" is in twice-00002-of-00002.gguf and in another file")
        .returns(Reason.MALFORMED_WEIGHTS, e -> e.problem().reason());
  }

  @Test
  void moreShapesThanAnyModelHasAreNotKept() throws IOException {
    GgufWriter most = new GgufWriter();
    for (int i = 0; i < ModelTensors.MAX_SHAPES; i++) {
      most.tensor("t" + i, GgmlType.F32, List.of(0L, (long) i), new byte[0]);
    }
    write("most.gguf", most.tensor("same", GgmlType.F32, List.of(0L, 7L), new byte[0]));
    write("more.gguf", most.tensor("other", GgmlType.F32, List.of(0L, 7L, 7L), new byte[0]));

    assertThat(model("most.gguf").tensors()).hasSize(ModelTensors.MAX_SHAPES + 1);
    assertThat(failure("more.gguf"))
        .hasMessageContaining("16384 shapes")
        .returns(Reason.UNSUPPORTED, e -> e.problem().reason());
  }

  /** llama.cpp takes a name to end there, and the first of two for the one that it looks up. */
  @Test
  void aNameWithANulIsNoName() throws IOException {
    write("key.gguf", tensor(new GgufWriter().put("tokenizer.chat_template\0", "evil"), "a"));
    write("tensor.gguf", tensor(new GgufWriter(), "a\0b"));

    assertThat(failure("key.gguf"))
        .hasMessageContaining("key.gguf has a NUL in the name \"tokenizer.chat_template")
        .returns(Reason.MALFORMED_WEIGHTS, e -> e.problem().reason());
    assertThat(failure("tensor.gguf"))
        .hasMessageContaining("tensor.gguf has a NUL in the name \"a")
        .returns(Reason.MALFORMED_WEIGHTS, e -> e.problem().reason());
  }

  @Test
  void whatCanNotBeReadSaysWhy() throws IOException {
    write("big.gguf", tensor(new GgufWriter(3, ByteOrder.BIG_ENDIAN), "a"));
    byte[] sound = tensor(new GgufWriter(), "a").toByteArray();
    Files.write(hub.resolve("short.gguf"), Arrays.copyOf(sound, sound.length - 32));
    Files.writeString(hub.resolve("text.gguf"), "nothing of the kind");
    Files.writeString(hub.resolve("text.safetensors"), "nothing of the kind");
    Files.writeString(hub.resolve("empty.safetensors.index.json"), "{}");
    Files.writeString(
        hub.resolve("lost.safetensors.index.json"), "{\"weight_map\": {\"a\": \"lost\"}}");
    Files.createDirectory(hub.resolve("folder.gguf"));

    assertThat(failure("none.gguf").problem().reason()).isEqualTo(Reason.IO_ERROR);
    assertThat(failure("../none.gguf").problem().reason()).isEqualTo(Reason.IO_ERROR);
    assertThat(failure("folder.gguf")).hasMessage("folder.gguf: it is a folder");
    assertThat(failure("big.gguf").problem().reason()).isEqualTo(Reason.UNSUPPORTED);
    assertThat(failure("short.gguf")).hasMessageContaining("file ends within tensor 'a'");
    assertThat(failure("text.gguf").problem().reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
    assertThat(failure("text.safetensors").problem().reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
    assertThat(failure("empty.safetensors.index.json")).hasMessageContaining("names no file");
    assertThat(failure("lost.safetensors.index.json"))
        .hasMessage("lost: no such file or folder")
        .returns(Reason.IO_ERROR, e -> e.problem().reason());
  }

  @Test
  void theFixturesSplitSetShowsTheTensorsOfTheWholeFile() throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("converted/llama"));
    ModelTensors whole = ModelTensors.open(storage, "f16.gguf");
    ModelTensors split = ModelTensors.open(storage, "split/llama-f16-00001-of-00002.gguf");

    assertThat(split.files()).hasSize(2);
    assertThat(split.tensors())
        .extracting(Tensor::name)
        .containsExactlyInAnyOrderElementsOf(whole.tensors().stream().map(Tensor::name).toList());
  }
}
