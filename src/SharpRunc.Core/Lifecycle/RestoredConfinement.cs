using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// criu restores what was dumped, and that may be another container than the config's, or an older one of the same name. Before any of the
/// processes runs, their confinement is read from the kernel and compared with the config.
/// </summary>
internal static class RestoredConfinement
{
    private static readonly string[] CapabilitySets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

    /// <summary>Returns what the config forbids but the container could do; empty if nothing.</summary>
    public static List<ContainerException> FindWeaker(Config config, RestoredProcesses processes)
    {
        List<ContainerException> found = [];
        ProcFs proc = processes.Proc;
        CheckNamespaces(found, config.Linux.Namespaces, proc, processes.Init);
        CheckMaps(found, config.Linux, processes.Init);
        CheckMounts(found, config, processes.Init);
        if (config.Process is not { } process)
            return found;
        CheckLimits(found, process.Rlimits, proc.Read($"{processes.Init}/limits"));
        ulong allowed = Bits(process.Capabilities);
        foreach (string thread in processes.Threads)
        {
            string status = proc.Read(thread + "/status");
            if (Field(status, "State")[0] is 'Z' or 'X') // ended, as in the image; criu gives it no credentials
                continue;
            foreach (string set in CapabilitySets)
            {
                ulong held = ulong.Parse(Field(status, set), NumberStyles.HexNumber, CultureInfo.InvariantCulture), more = held & ~allowed;
                if (more != 0)
                    Add(found, "/process/capabilities", $"the image has {Names(more)} in {set} of {Field(status, "Name")}");
            }
            if (process.NoNewPrivileges && Field(status, "NoNewPrivs") == "0")
                Add(found, "/process/noNewPrivileges", $"{Field(status, "Name")} of the image may gain privileges");
            if (config.Linux.Seccomp is { IsEmpty: false } && Field(status, "Seccomp") == "0")
                Add(found, "/linux/seccomp", $"{Field(status, "Name")} of the image has no filter");
        }
        return found;
    }

    /// <returns>The pointer to the cgroup namespace in the config.</returns>
    public static string CgroupNamespace(Config config)
    {
        int index = Array.FindIndex(config.Linux.Namespaces, static listed => listed.Type == NamespaceType.Cgroup);
        return $"/linux/namespaces/{index}";
    }

    /// <summary>The listed namespaces must be private, or the ones given by path.</summary>
    private static void CheckNamespaces(List<ContainerException> found, Namespace[] namespaces, ProcFs proc, int init)
    {
        for (int i = 0; i < namespaces.Length; i++)
        {
            string file = namespaces[i].Type switch
            {
                NamespaceType.Network => "net",
                NamespaceType.Mount => "mnt",
                _ => namespaces[i].Name,
            };
            using Fd its = proc.OpenMagic($"{init}/ns/{file}", O_PATH);
            using Fd other = namespaces[i].Path is { } path ? Sys.OpenAt(Fd.Cwd, path, O_PATH) : proc.OpenMagic($"self/ns/{file}", O_PATH);
            if (Inode.Of(its, file).Number == Inode.Of(other, file).Number != namespaces[i].Path is not null)
                Add(found, $"/linux/namespaces/{i}", $"the image has another {namespaces[i].Name} namespace");
        }
    }

    private static void CheckMaps(List<ContainerException> found, Spec.Linux linux, int init)
    {
        if (!Array.Exists(linux.Namespaces, static n => n.Type == NamespaceType.User))
            return;
        if (!JoinedMaps.HaveSameEntries(linux.UidMappings, IdMaps.OfProcess(init, "uid_map")))
            Add(found, "/linux/uidMappings", "its user namespace maps other uids");
        if (!JoinedMaps.HaveSameEntries(linux.GidMappings, IdMaps.OfProcess(init, "gid_map")))
            Add(found, "/linux/gidMappings", "its user namespace maps other gids");
    }

    /// <summary>Checks the init only: exec may have given other limits to other processes.</summary>
    /// <param name="limits">proc_pid_limits(5): a heading, then one line per resource in the order of their numbers: name, soft limit, hard
    /// limit, unit.</param>
    private static void CheckLimits(List<ContainerException> found, Rlimit[] asked, string limits)
    {
        const int NameWidth = 26; // of the name column
        string[] lines = limits.Split('\n');
        for (int i = 0; i < asked.Length; i++)
        {
            string line = lines[1 + Array.IndexOf(KernelNames.Rlimits, asked[i].Type)];
            string hard = line[NameWidth..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            bool isUnlimited = hard == "unlimited";
            ulong limit = isUnlimited ? ulong.MaxValue : ulong.Parse(hard, NumberStyles.None, CultureInfo.InvariantCulture);
            if (limit > asked[i].Hard)
                Add(found, $"/process/rlimits/{i}", $"its init may raise {asked[i].Type} to {hard}");
        }
    }

    private static void CheckMounts(List<ContainerException> found, Config config, int init)
    {
        using Root root = new(Sys.OpenAt(Fd.Cwd, $"/proc/{init}/root", O_PATH | O_DIRECTORY));
        if (config.Root is { Readonly: true } && !IsReadonly(root.Directory))
            Add(found, "/root/readonly", "the root of the image can be written to");
        for (int i = 0; i < config.Mounts.Length; i++)
            if ((MountOptions.Parse(config.Mounts[i].Options).AttrSet & MOUNT_ATTR_RDONLY) != 0 && !IsCovered(config.Mounts, i))
            {
                using Fd? there = root.Find(LexicalPath.Clean(config.Mounts[i].Destination));
                if (there is not null && !IsReadonly(there))
                    Add(found, $"/mounts/{i}/options", $"{config.Mounts[i].Destination} of the image can be written to");
            }
        for (int i = 0; i < config.Linux.MaskedPaths.Length; i++)
        {
            using Fd? masked = root.Find(LexicalPath.Clean(config.Linux.MaskedPaths[i]));
            if (masked is not null && !IsMask(masked, config.Linux.MaskedPaths[i]))
                Add(found, $"/linux/maskedPaths/{i}", $"the image shows {config.Linux.MaskedPaths[i]}");
        }
        for (int i = 0; i < config.Linux.ReadonlyPaths.Length; i++)
        {
            using Fd? there = root.Find(LexicalPath.Clean(config.Linux.ReadonlyPaths[i]));
            if (there is not null && !IsReadonly(there))
                Add(found, $"/linux/readonlyPaths/{i}", $"{config.Linux.ReadonlyPaths[i]} of the image can be written to");
        }
    }

    /// <summary>Whether a later mount is at the same place or above it.</summary>
    private static bool IsCovered(Mount[] mounts, int index)
    {
        string place = LexicalPath.Clean(mounts[index].Destination) + "/";
        for (int i = index + 1; i < mounts.Length; i++)
            if (place.StartsWith(LexicalPath.Clean(mounts[i].Destination).TrimEnd('/') + "/", StringComparison.Ordinal))
                return true;
        return false;
    }

    private static bool IsMask(Fd masked, string path)
    {
        Inode inode = Inode.Of(masked, path);
        if (!inode.IsMountRoot)
            return false;
        return inode.IsDirectory ? IsReadonly(masked) : inode is { Type: S_IFCHR, Major: 1, Minor: 3 };
    }

    private static bool IsReadonly(Fd place) => (Sys.Fstatfs(place).f_flags & ST_RDONLY) != 0;

    /// <summary>proc_pid_status(5).</summary>
    private static string Field(string status, string name)
    {
        foreach (string line in status.Split('\n'))
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
                return line[(name.Length + 1)..].Trim();
        throw new ContainerException(ErrorCode.CheckpointWeaker, $"/proc does not show {name} of a process");
    }

    private static ulong Bits(Capabilities? asked)
    {
        if (asked is null)
            return 0;
        string[][] sets = [asked.Bounding, asked.Permitted, asked.Inheritable, asked.Effective, asked.Ambient];
        ulong bits = 0;
        foreach (string[] set in sets)
            foreach (string name in set)
            {
                int number = Array.IndexOf(CapabilityNames.All, name);
                if (number >= 0)
                    bits |= 1UL << number;
            }
        return bits;
    }

    private static string Names(ulong bits)
    {
        List<string> names = [];
        for (int number = 0; number < 64; number++)
            if ((bits >> number & 1) != 0)
                names.Add(number < CapabilityNames.All.Length ? CapabilityNames.All[number] : $"capability {number}");
        return string.Join(", ", names);
    }

    /// <summary>Reports each property only once, although every process of the container may differ in it.</summary>
    private static void Add(List<ContainerException> found, string pointer, string what)
    {
        if (!found.Exists(weaker => weaker.Pointer == pointer))
            found.Add(new(ErrorCode.CheckpointWeaker, $"the config forbids what the image allows: {what}")
            {
                Pointer = pointer,
                Hint = "restore with the config that the checkpoint was made with, or with --allow-weaker",
            });
    }
}
