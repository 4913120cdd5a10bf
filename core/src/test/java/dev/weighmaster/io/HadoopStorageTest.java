package dev.weighmaster.io;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

class HadoopStorageTest extends StorageContract {
  @Override
  Storage open(Path root) throws IOException {
    RawLocalFileSystem fileSystem = new RawLocalFileSystem();
    fileSystem.initialize(URI.create("file:///"), new Configuration(false));
    return new HadoopStorage(fileSystem, new org.apache.hadoop.fs.Path(root.toUri()));
  }
}
