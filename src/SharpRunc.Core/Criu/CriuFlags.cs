using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The flags that checkpoint and restore share, and criu's options for them.</summary>
internal sealed class CriuFlags
{
    /// <summary>As given, relative to the command's working directory; null: checkpoint.</summary>
    public string? ImagePath { get; init; }

    /// <summary>The same for criu's log; null: the image directory.</summary>
    public string? WorkPath { get; init; }

    public bool TcpEstablished { get; init; }

    public bool ExtUnixSk { get; init; }

    public bool ShellJob { get; init; }

    public bool FileLocks { get; init; }

    public bool LazyPages { get; init; }

    public bool AutoDedup { get; init; }

    /// <summary>soft, full, strict or ignore; null: criu's default.</summary>
    public string? ManageCgroupsMode { get; init; }

    /// <summary>network, the only value that criu supports; that namespace is left empty in any case.</summary>
    public string? EmptyNs { get; init; }

    // criu_cg_mode of rpc.proto.
    private static readonly (string? Name, int Mode)[] Modes = [(null, 6), ("", 6), ("soft", 3), ("full", 4), ("strict", 5), ("ignore", 0)];

    /// <summary>Refuses impossible values before anything is done.</summary>
    public void Check(RuntimeContext context)
    {
        if (context.Euid != 0)
            throw new ContainerException(ErrorCode.CriuNeedsRoot, "checkpoint and restore need root")
            {
                Hint = "criu stops and creates processes with the host's privileges",
            };
        _ = Mode;
        if (EmptyNs is not (null or "network"))
            throw new ContainerException(ErrorCode.UsageValue, $"namespace \"{EmptyNs}\" is not supported");
    }

    /// <summary>The options that criu always gets.</summary>
    /// <param name="logFile">A name in the work directory.</param>
    public CriuOptions ToOptions(string logFile, Config config)
    {
        CriuOptions options = new();
        options.Set(CriuOption.ImagesDirFd, CriuProcess.Images);
        options.Set(CriuOption.WorkDirFd, CriuProcess.Work);
        options.Set(CriuOption.LogLevel, 4);
        options.Set(CriuOption.LogFile, logFile);
        options.Set(CriuOption.NotifyScripts, true);
        options.Set(CriuOption.OrphanPtsMaster, true);
        options.Set(CriuOption.ShellJob, ShellJob);
        options.Set(CriuOption.ExtUnixSk, ExtUnixSk);
        options.Set(CriuOption.TcpEstablished, TcpEstablished);
        options.Set(CriuOption.FileLocks, FileLocks);
        options.Set(CriuOption.AutoDedup, AutoDedup);
        options.Set(CriuOption.LazyPages, LazyPages);
        options.Set(CriuOption.ManageCgroups, true);
        options.Set(CriuOption.ManageCgroupsMode, Mode);
        options.Set(CriuOption.EmptyNs, (long)CLONE_NEWNET); // interfaces belong to their creator: the engine, or a hook at restore
        options.Set(CriuOption.ConfigFile, ConfigFile(config));
        return options;
    }

    /// <summary>Whether criu leaves cgroups alone; it creates no cgroup namespace then either.</summary>
    public bool IgnoresCgroups => Mode == 0;

    private int Mode
    {
        get
        {
            foreach ((string? name, int mode) in Modes)
                if (name == ManageCgroupsMode)
                    return mode;
            throw new ContainerException(ErrorCode.UsageValue, "invalid manage-cgroups-mode value")
            {
                Hint = "expected soft, full, strict or ignore",
            };
        }
    }

    /// <summary>The annotation org.criu.config names a file that overrides all of this; an empty value means none.</summary>
    private static string ConfigFile(Config config)
    {
        foreach ((string key, string value) in config.Annotations)
            if (key == "org.criu.config")
                return value;
        return "/etc/criu/runc.conf";
    }
}
