using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Network;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What this host would refuse of a config that breaks no rule. Looks only, and makes nothing.</summary>
internal sealed class HostCheck
{
    private readonly RuntimeContext context;
    private readonly Config config;
    private readonly string bundle;
    private readonly Action<ContainerException> add;
    private readonly Action<string> warn;

    private HostCheck(RuntimeContext context, Config config, string bundle, Action<ContainerException> add, Action<string> warn)
    {
        this.context = context;
        this.config = config;
        this.bundle = bundle;
        this.add = add;
        this.warn = warn;
    }

    public static void Run(RuntimeContext context, Config config, string bundle, Action<ContainerException> add, Action<string> warn)
        => new HostCheck(context, config, bundle, add, warn).Run();

    private void Run()
    {
        Try(KernelFloor.Check);
        Try(() => ProgramCheck.Run(config, Bundle.RequireDirectory(RootPath)));
        for (int i = 0; i < config.Linux.Namespaces.Length; i++)
            if (config.Linux.Namespaces[i].Path is not null)
                Try(() => NamespaceFds.Open(config.Linux.Namespaces[i], i).Dispose());
        for (int i = 0; i < config.Mounts.Length; i++)
            Try(() => CheckMount(config.Mounts[i], $"/mounts/{i}"));
        Try(() => Labels.RequireEnabled(config.Process, "/process"));
        Try(CheckMountLabel);
        foreach ((string key, _) in config.Linux.Sysctl)
            CheckSysctl(key);
        CheckHooks();
        CheckLimits();
        CheckCapabilities();
        Try(() => CgroupPlan.From(config.Linux.Resources, CgroupLayout.Detect(), config.Linux.Devices));
        if (config.Linux.NetDevices.Length > 0)
            Try(() => NetDevices.RequireMovable(config.Linux, joined: null));
        if (config.Linux.IntelRdt is { } rdt)
            Try(() => Resctrl.Find().Require(RdtPlan.From(rdt, "check")));
    }

    private string RootPath => config.Root!.Path.StartsWith('/') ? config.Root.Path : $"{bundle}/{config.Root.Path}";

    private bool HasUser => Array.Exists(config.Linux.Namespaces, static n => n.Type == NamespaceType.User);

    private void Try(Action check)
    {
        try
        {
            check();
        }
        catch (ContainerException e)
        {
            add(e);
        }
        catch (SysException e)
        {
            add(ContainerException.From(ErrorCode.HostCallFailed, e, "cannot look at the host"));
        }
    }

    private void CheckMount(Mount mount, string pointer)
    {
        MountStep step = MountStep.All([mount], bundle)[0];
        if (step.Kind == MountKind.Bind)
        {
            using Fd? source = Sys.TryOpenAt(Fd.Cwd, step.Source, O_PATH, out SysError error);
            if (error.Failed)
                throw ContainerException.From(
                    ErrorCode.MountSourceMissing, error, "cannot open the source of the bind mount", pointer + "/source",
                    error.Errno == ENOENT ? "the source of a bind mount must exist" : null);
        }
        else if (step.Kind == MountKind.FileSystem && !IsKnownFileSystem(step.Type))
            warn($"{pointer}/type: the kernel has no file system {step.Type}, unless it loads a module for it");
    }

    /// <summary>proc(5): a line is "nodev", or nothing, a tab, and the name.</summary>
    private static bool IsKnownFileSystem(string type)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, "/proc/filesystems", O_RDONLY, out _);
        return file is null || $"\n{KernelText.Decode(Sys.ReadAll(file))}".Contains($"\t{type}\n", StringComparison.Ordinal);
    }

    private void CheckMountLabel()
    {
        if (config.Linux.MountLabel is { Length: > 0 } label && !Labels.AllowsForMounts(label))
            warn("/linux/mountLabel: SELinux is disabled or not supported; nothing is labelled");
    }

    /// <summary>Interfaces of the container have sysctls that are not here yet.</summary>
    private void CheckSysctl(string key)
    {
        string path = "/proc/sys/" + SysctlRules.PathOf(key);
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out SysError error);
        if (error.Errno == ENOENT)
            warn($"/linux/sysctl/{JsonPointer.Escape(key)}: this kernel has no {path} in the runtime's namespaces");
    }

    private void CheckHooks()
    {
        (string Kind, Hook[] Hooks)[] outside =
        [
            ("prestart", config.Hooks.Prestart), ("createRuntime", config.Hooks.CreateRuntime),
            ("createContainer", config.Hooks.CreateContainer), ("poststart", config.Hooks.Poststart), ("poststop", config.Hooks.Poststop),
        ];
        foreach ((string kind, Hook[] hooks) in outside)
            for (int i = 0; i < hooks.Length; i++)
                Try(() => CheckHook(hooks[i].Path, $"/hooks/{kind}/{i}/path"));
    }

    private static void CheckHook(string path, string pointer)
    {
        using Fd? program = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out SysError error);
        if (program is null)
            throw ContainerException.From(ErrorCode.HookMissing, error, "cannot open the hook", pointer);
        ProgramCheck.RequireExecutable(Inode.Of(program, path), path, pointer);
    }

    /// <summary>setrlimit(2): only CAP_SYS_RESOURCE may raise a hard limit.</summary>
    private void CheckLimits()
    {
        Rlimit[] limits = config.Process?.Rlimits ?? [];
        bool mayRaise = (Sys.PermittedCapabilities() >> Array.IndexOf(CapabilityNames.All, "CAP_SYS_RESOURCE") & 1) != 0;
        for (int i = 0; i < limits.Length && !mayRaise; i++)
        {
            int resource = Array.IndexOf(KernelNames.Rlimits, limits[i].Type);
            ulong hard = Sys.Prlimit(0, resource, limits[i].Type).rlim_max;
            if (limits[i].Hard > hard)
                add(new(ErrorCode.ProcessLimit, $"the hard limit {limits[i].Hard} is above the runtime's own, {hard}")
                {
                    Pointer = $"/process/rlimits/{i}/hard",
                    Hint = "raising a hard limit needs CAP_SYS_RESOURCE: ask for less",
                });
        }
    }

    private void CheckCapabilities()
    {
        ulong available = HasUser ? CapabilityPlan.All : Sys.PermittedCapabilities();
        foreach (string warning in CapabilityPlan.From(config.Process?.Capabilities, available).Warnings)
            warn(warning);
        if (context.Euid != 0 && !HasUser)
            add(new(ErrorCode.NamespaceRequired, "an ordinary user's container needs a user namespace") { Pointer = "/linux/namespaces" });
    }
}
