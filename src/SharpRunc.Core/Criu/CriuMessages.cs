using System;
using System.Collections.Generic;
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

/// <summary>Fields of criu_opts in criu's images/rpc.proto; the names are criu's.</summary>
internal enum CriuOption
{
    ImagesDirFd = 1, Pid = 2, LeaveRunning = 3, ExtUnixSk = 4, TcpEstablished = 5, EvasiveDevices = 6, ShellJob = 7, FileLocks = 8,
    LogLevel = 9, LogFile = 10, Ps = 11, NotifyScripts = 12, Root = 13, ParentImg = 14, TrackMem = 15, AutoDedup = 16, WorkDirFd = 17,
    LinkRemap = 18, ExtMnt = 23, ManageCgroups = 24, CgRoot = 25, RstSibling = 26, InheritFd = 27, ManageCgroupsMode = 34, External = 37,
    EmptyNs = 38, JoinNs = 39, FreezeCgroup = 44, TcpSkipInFlight = 46, LazyPages = 48, OrphanPtsMaster = 50, ConfigFile = 51,
    LsmProfile = 53, LsmMountContext = 63,
}

/// <summary>An option: a number, a text, or a pair (ext_mnt, inherit_fd, …) of a text and a text or number.</summary>
internal readonly record struct CriuSetting(CriuOption Option, string? Text, string? Value, long Number)
{
    private bool IsPair => Option is CriuOption.Ps or CriuOption.ExtMnt or CriuOption.CgRoot or CriuOption.InheritFd or CriuOption.JoinNs;

    public override string ToString()
    {
        if (Text is null)
            return $"{Option} {Number}";
        return IsPair ? $"{Option} {Text} {Value ?? Number.ToString()}" : $"{Option} {Text}";
    }

    public void Write(ProtoWriter into)
    {
        if (Text is null)
            into.Number((int)Option, Number);
        else if (!IsPair)
            into.Text((int)Option, Text);
        else
        {
            ProtoWriter pair = new();
            pair.Text(1, Text);
            if (Value is null)
                pair.Number(2, Number);
            else
                pair.Text(2, Value);
            into.Message((int)Option, pair);
        }
    }
}

/// <summary>What criu is asked to do and how, as a list that is complete before it is sent.</summary>
internal sealed class CriuOptions
{
    public List<CriuSetting> Settings { get; } = [];

    /// <summary>false is sent too, because it overrides criu's own configuration files.</summary>
    public void Set(CriuOption option, bool value) => Set(option, value ? 1 : 0);

    public void Set(CriuOption option, long value) => Settings.Add(new(option, null, null, value));

    /// <summary>null and "" set nothing.</summary>
    public void Set(CriuOption option, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            Settings.Add(new(option, text, null, 0));
    }

    /// <summary>Adds a pair: ext_mnt, cg_root, join_ns.</summary>
    public void Add(CriuOption option, string key, string value) => Settings.Add(new(option, key, value, 0));

    /// <summary>Adds a pair: inherit_fd, ps.</summary>
    public void Add(CriuOption option, string key, long number) => Settings.Add(new(option, key, null, number));

    public ProtoWriter Write()
    {
        ProtoWriter message = new();
        foreach (CriuSetting setting in Settings)
            setting.Write(message);
        return message;
    }
}
