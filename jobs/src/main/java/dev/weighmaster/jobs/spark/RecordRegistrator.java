package dev.weighmaster.jobs.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import org.apache.spark.serializer.KryoRegistrator;

/** Teaches Spark's Kryo the records that the stages hand on. */
public final class RecordRegistrator implements KryoRegistrator {

  @Override
  public void registerClasses(Kryo kryo) {
    kryo.addDefaultSerializer(Record.class, new RecordSerializer());
    kryo.register(ExecutorPolicy.class, new JavaSerializer());
  }
}
