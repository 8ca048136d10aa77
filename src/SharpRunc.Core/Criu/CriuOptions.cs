using System.Collections.Generic;

namespace SharpRunc.Core.Criu;

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
