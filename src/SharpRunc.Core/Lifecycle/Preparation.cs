using System;
using System.Collections.Generic;
using SharpRunc.Core.Network;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Terminals;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// The part of <see cref="Create"/> that can be refused before anything is made: the request is read, checked, planned, and what it names
/// is opened.
/// </summary>
internal sealed class Preparation
{
    public required ContainerId Id { get; init; }

    public required CreateOptions Options { get; init; }

    public required InheritedFds Inherited { get; init; }

    public required Bundle Bundle { get; init; }

    public required NamespacePlan Namespaces { get; init; }

    /// <summary>By index of linux.namespaces; null for an entry without a path.</summary>
    public required Fd?[] NamespaceFds { get; init; }

    public required SeccompProgram? Filter { get; init; }

    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>Absolute; null: no file is wanted.</summary>
    public required PidFile? PidFile { get; init; }

    public required PidfdSocket? PidfdSocket { get; init; }

    /// <summary>null for a process without a terminal.</summary>
    public required TerminalMaster? Terminal { get; init; }

    /// <param name="detached">The runtime does not stay until the process ends.</param>
    public static Preparation Prepare(RuntimeContext context, string id, CreateOptions options, bool detached)
    {
        KernelFloor.Check(); // first: what follows needs it
        InheritedFds inherited = InheritedFds.Find(options.PreserveFds);
        Seal.Ensure();
        InheritedFds.Protect();
        // Resolve relative paths of the caller first: Bundle.Load changes the working directory.
        PidfdSocket? pidfdSocket = PidfdSocket.Connect(options.PidfdSocket);
        Fd? consoleSocket = TerminalMaster.Connect(options.ConsoleSocket);
        ContainerId name = ContainerId.Parse(id);
        PidFile? pidFile = Lifecycle.PidFile.Find(options.PidFile);
        Bundle bundle = Bundle.Load(context, options.Bundle, options.NoPivot);
        Process? process = bundle.Config.Process;

        Labels.RequireEnabled(process, "/process");
        bundle = WithoutUnusableLabel(context, bundle);
        Spec.Linux linux = bundle.Config.Linux;
        Fd?[] namespaceFds = Lifecycle.NamespaceFds.Open(linux.Namespaces, bundle.JoinedUser);
        bool userOwnsPid = Lifecycle.NamespaceFds.UserOwnsPid(linux.Namespaces, namespaceFds);
        NamespacePlan namespaces = NamespacePlan.From(linux.Namespaces, unprivileged: context.Euid != 0, userOwnsPid);
        Lifecycle.NamespaceFds.RequireNoHostSysctls(linux, namespaceFds);
        SeccompProgram? filter = SeccompCompiler.Compile(linux.Seccomp);
        LogNamespaces(linux.Namespaces, namespaces);
        LogFilter(filter);
        ulong available = namespaces.HasUser ? CapabilityPlan.All : Sys.PermittedCapabilities();
        CapabilityPlan capabilities = CapabilityPlan.From(process?.Capabilities, available);
        Warn(context, capabilities.Warnings);
        Warn(context, filter?.Warnings ?? []);
        if (linux.IntelRdt is { } rdt)
            Resctrl.Find().Require(RdtPlan.From(rdt, id));
        if (linux.NetDevices.Length > 0)
        {
            int network = Array.FindIndex(linux.Namespaces, static n => n.Type == NamespaceType.Network);
            NetDevices.RequireMovable(linux, namespaceFds[network]);
        }
        return new()
        {
            Id = name,
            Options = options,
            Inherited = inherited,
            Bundle = bundle,
            Namespaces = namespaces,
            NamespaceFds = namespaceFds,
            Filter = filter,
            Capabilities = capabilities,
            PidFile = pidFile,
            PidfdSocket = pidfdSocket,
            Terminal = TerminalMaster.Prepare(process, "/process", consoleSocket, detached),
        };
    }

    private static Bundle WithoutUnusableLabel(RuntimeContext context, Bundle bundle)
    {
        Spec.Linux linux = bundle.Config.Linux;
        if (string.IsNullOrEmpty(linux.MountLabel) || Labels.AllowsForMounts(linux.MountLabel))
            return bundle;
        context.Warn("/linux/mountLabel: SELinux is disabled or not supported; nothing is labelled");
        return bundle with { Config = bundle.Config with { Linux = linux with { MountLabel = null } } };
    }

    private static void LogFilter(SeccompProgram? filter)
    {
        if (filter is null)
            return;
        Steps.Log($"seccomp filter flags: {filter.Flags}");
        Steps.Log($"seccomp: {filter.Count} instructions{(filter.Notifies ? ", with a listener" : "")}");
    }

    private static void LogNamespaces(Namespace[] listed, NamespacePlan plan)
    {
        foreach (Namespace one in listed)
            Steps.Log($"namespace {one.Name}: {Describe(one, plan)}");
    }

    private static string Describe(Namespace one, NamespacePlan plan)
    {
        if (one.Path is not null)
            return "joined by path " + one.Path;
        return (plan.CloneFlags & NamespacePlan.Flag(one.Type)) != 0 ? "new, by clone3" : "new, by unshare";
    }

    private static void Warn(RuntimeContext context, IReadOnlyList<string> warnings)
    {
        foreach (string warning in warnings)
            context.Warn(warning);
    }
}
