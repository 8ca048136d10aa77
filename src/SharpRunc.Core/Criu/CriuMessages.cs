using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

/// <summary>criu_req_type of rpc.proto.</summary>
internal enum CriuRequest { Empty = 0, Dump = 1, Restore = 2, Notify = 6, FeatureCheck = 9, Version = 10, SinglePreDump = 13 }

/// <summary>criu_features: what the kernel supports for criu.</summary>
internal enum CriuFeature { MemTrack = 1, LazyPages = 2 }

/// <summary>criu_resp: the response to a request, or a notification that criu sends.</summary>
internal sealed class CriuResponse
{
    public CriuRequest Type { get; private set; }

    public bool Success { get; private set; }

    /// <summary>errno(3) of a failure; 0 if criu does not report one.</summary>
    public int Errno { get; private set; }

    /// <summary>The first error that criu met, in its own words.</summary>
    public string? ErrorMessage { get; private set; }

    /// <summary>The kind of a notification: setup-namespaces, post-restore ….</summary>
    public string Script { get; private set; } = "";

    /// <summary>The container's first process, as seen in the runtime's PID namespace; in setup-namespaces and post-restore.</summary>
    public int Pid { get; private set; }

    /// <summary>Major × 10000 + minor × 100 + sublevel: 40101 is 4.1.1.</summary>
    public int Version { get; private set; }

    /// <summary>Bit n is set if feature number n is available.</summary>
    public int Features { get; private set; }

    /// <summary>A descriptor sent with the message: the master end of a terminal. The caller that takes it must dispose it.</summary>
    public Fd? Attached { get; private set; }

    public Fd? ReleaseAttached()
    {
        Fd? taken = Attached;
        Attached = null;
        return taken;
    }

    /// <exception cref="ContainerException">This is not a message from criu.</exception>
    public static CriuResponse Read(ReadOnlySpan<byte> message, Fd? attached)
    {
        CriuResponse response = new() { Attached = attached };
        ProtoReader reader = new(message);
        while (reader.Next())
            switch (reader.Field)
            {
                case 1: response.Type = (CriuRequest)reader.Int32; break;
                case 2: response.Success = reader.Number != 0; break;
                case 5: response.ReadNotification(reader.Bytes); break;
                case 7: response.Errno = reader.Int32; break;
                case 8: response.ReadFeatures(reader.Bytes); break;
                case 9: response.ErrorMessage = reader.Text; break;
                case 10: response.ReadVersion(reader.Bytes); break;
            }
        return response;
    }

    private void ReadNotification(ReadOnlySpan<byte> message)
    {
        ProtoReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1)
                Script = reader.Text;
            else if (reader.Field == 2)
                Pid = reader.Int32;
    }

    private void ReadFeatures(ReadOnlySpan<byte> message)
    {
        ProtoReader reader = new(message);
        while (reader.Next())
            if (reader.Number != 0 && reader.Field < 32)
                Features |= 1 << reader.Field;
    }

    /// <summary>criu_version: major 1, minor 2, sublevel 4.</summary>
    private void ReadVersion(ReadOnlySpan<byte> message)
    {
        ProtoReader reader = new(message);
        while (reader.Next())
            Version += reader.Int32 * (reader.Field switch { 1 => 10000, 2 => 100, 4 => 1, _ => 0 });
    }
}
