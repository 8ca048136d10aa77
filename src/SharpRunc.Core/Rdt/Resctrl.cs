using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rdt;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Intel's Resource Director Technology through the kernel: one directory per class of service, below the mount point of resctrl.
/// </summary>
internal sealed partial class Resctrl(string mountPoint)
{
    private const string Pointer = "/linux/intelRdt", Schemata = "schemata", Tasks = "tasks", LastError = "info/last_cmd_status";

    // Names that resctrl itself uses in each class.
    private static readonly string[] Reserved = ["info", "mon_groups", "mon_data"];

    /// <summary>"the runtime MUST generate an error" if resctrl is not mounted.</summary>
    public static Resctrl Find() => TryFind() ?? throw new ContainerException(
        ErrorCode.RdtNotMounted, $"{Pointer}: no resctrl file system is mounted")
    {
        Pointer = Pointer,
        Hint = "on a machine with Intel RDT: mount -t resctrl resctrl /sys/fs/resctrl",
    };

    /// <summary>null: not mounted.</summary>
    public static Resctrl? TryFind()
    {
        foreach (MountInfo mount in MountInfo.Read())
            if (mount.Type == "resctrl")
                return new(mount.Point);
        return null;
    }

    /// <summary>Refuses everything that can be refused before anything is created.</summary>
    public void Require(RdtPlan plan)
    {
        string pointer = $"{Pointer}/closID";
        if (Array.IndexOf(Reserved, plan.Class) >= 0)
            throw new ContainerException(ErrorCode.RdtRefused, $"{pointer}: \"{plan.Class}\" is reserved by resctrl")
            {
                Pointer = pointer,
                Hint = "choose another class with closID",
            };
        if (Exists(plan.Class))
            RequirePresent(plan);
        else if (plan.MustExist)
            throw new ContainerException(ErrorCode.RdtRefused, $"{pointer}: there is no class {plan.Class} in {mountPoint}")
            {
                Pointer = pointer,
                Errno = ENOENT,
                Hint = "a class without l3CacheSchema, memBwSchema and schemata must already exist",
            };
    }

    /// <summary>A class that is already there is shared: it must allow what the plan asks for.</summary>
    private void RequirePresent(RdtPlan plan)
    {
        if (plan.Monitor is not null && Exists(plan.Monitor))
            throw AlreadyExists(plan.Monitor, $"{Pointer}/enableMonitoring", hint: null);
        if (plan.IsOwn)
            throw AlreadyExists(plan.Class, Pointer, "to share a class, name it with closID");
        string present = plan.Compared.Length == 0 ? "" : Read($"{PathOf(plan.Class)}/{Schemata}");
        foreach (string schema in plan.Compared)
            if (!Schema.IsInEffect(schema, present))
                throw SchemaDiffers(plan.Class, schema, present);
    }

    private ContainerException AlreadyExists(string name, string pointer, string? hint)
        => new(ErrorCode.RdtRefused, $"{pointer}: {PathOf(name)} already exists, and is not the container's")
        {
            Pointer = pointer,
            Errno = EEXIST,
            Hint = hint,
        };

    private static ContainerException SchemaDiffers(string name, string schema, string present)
    {
        string[] lines = present.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string said = $"the class {name} already exists with \"{string.Join("; ", lines)}\"; expected \"{schema}\"";
        string property = schema.StartsWith("MB:", StringComparison.Ordinal) ? "memBwSchema" : "l3CacheSchema";
        return new(ErrorCode.RdtRefused, $"{Pointer}: {said}") { Pointer = $"{Pointer}/{property}" };
    }

    /// <summary>Directories that a delete removes, in this order.</summary>
    public string[] RemovedWithContainer(RdtPlan plan)
    {
        List<string> paths = [];
        if (plan.Monitor is not null)
            paths.Add(PathOf(plan.Monitor));
        if (plan.IsOwn)
            paths.Add(PathOf(plan.Class));
        return [.. paths];
    }

    /// <summary>Creates the class, sets its limits, and creates the container's monitoring group.</summary>
    /// <returns>
    /// A directory that was created but is not in <see cref="RemovedWithContainer"/>: it is removed only if the create fails.
    /// </returns>
    public string? Make(RdtPlan plan)
    {
        string? made = null;
        if (plan.Class.Length > 0)
        {
            string path = PathOf(plan.Class);
            SysError error = Sys.TryMkdirAt(Fd.Cwd, path, Modes.O755);
            if (error.Failed && error.Errno != EEXIST)
                throw Refused(error.ToException(), "cannot create the class", "closID");
            made = error.Failed ? null : path;
        }
        try
        {
            if (plan.Schemata.Length > 0)
                Write(plan.Class, Schemata, plan.Schemata, "cannot set the class's schemata", "schemata");
            if (plan.Monitor is not null)
                MakeMonitor(PathOf(plan.Monitor));
        }
        catch
        {
            if (made is not null)
                Remove([made]);
            throw;
        }
        return plan.IsOwn ? null : made;
    }

    private void MakeMonitor(string path)
    {
        SysError error = Sys.TryMkdirAt(Fd.Cwd, path, Modes.O755);
        if (error.Failed)
            throw Refused(error.ToException(), "cannot create the monitoring group", "enableMonitoring");
    }

    /// <summary>
    /// Adds a process, and with it the processes that it forks later. A member of a monitoring group must be in its class.
    /// </summary>
    public void Join(RdtPlan plan, int pid)
    {
        Write(plan.Class, Tasks, pid.ToString(), "cannot put the process into the class", "closID");
        if (plan.Monitor is not null)
            Write(plan.Monitor, Tasks, pid.ToString(), "cannot put the process into the monitoring group", "enableMonitoring");
    }

    /// <summary>For update.</summary>
    public void Change(RdtPlan plan, ReadOnlySpan<string> lines)
        => Write(plan.Class, Schemata, RdtPlan.Text(lines), "cannot change the class's schemata", "schemata");

    /// <summary>The kernel moves the members back into the class above. A directory that is already gone is no error.</summary>
    public static void Remove(ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            SysError error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
            if (error.Errno != ENOENT)
                error.ThrowIfFailed();
        }
    }

    private string PathOf(string name) => name.Length == 0 ? mountPoint : $"{mountPoint}/{name}";

    private bool Exists(string name) => name.Length == 0 || Sys.Exists(Fd.Cwd, PathOf(name));

    private static string Read(string path) => Sys.ReadText(Fd.Cwd, path);

    private void Write(string directory, string file, string text, string operation, string property)
    {
        string path = $"{PathOf(directory)}/{file}";
        try
        {
            using Fd opened = Sys.OpenAt(Fd.Cwd, path, O_WRONLY | O_CREAT | O_TRUNC, Modes.O644); // as the shell's > does
            Sys.Write(opened, KernelText.Encode(text), path);
        }
        catch (SysException e)
        {
            throw Refused(e, operation, property);
        }
    }

    /// <summary>Includes the kernel's own message about the last failure.</summary>
    private ContainerException Refused(SysException e, string operation, string property)
    {
        string said = "";
        using (Fd? status = Sys.TryOpenAt(Fd.Cwd, $"{mountPoint}/{LastError}", O_RDONLY, out _))
            if (status is not null)
                said = KernelText.Decode(Sys.ReadAll(status, LastError)).Trim();
        string? hint = said is "" or "ok" ? null : $"the kernel says: {said}";
        return ContainerException.From(ErrorCode.RdtRefused, e, $"{Pointer}: {operation}", $"{Pointer}/{property}", hint);
    }
}

/// <summary>A line of resctrl's file schemata: <c>L3:0=7f0;1=1f</c>, <c>MB:0=20;1=70</c>.</summary>
internal static class Schema
{
    /// <summary>
    /// Whether writing <paramref name="line"/> to a class whose schemata are <paramref name="present"/> would change nothing: each cache or
    /// socket that it names already has that value.
    /// </summary>
    public static bool IsInEffect(string line, string present)
    {
        (string type, string values) = Split(line);
        string? there = null;
        foreach (string candidate in present.Split('\n'))
            if (Split(candidate) is var (otherType, otherValues) && otherType == type)
                there = otherValues;
        if (there is null)
            return false;
        foreach (string wanted in values.Split(';', StringSplitOptions.RemoveEmptyEntries))
            if (!Array.Exists(there.Split(';'), value => AreEqual(value, wanted, isMask: type != "MB")))
                return false;
        return true;
    }

    /// <summary>
    /// The line of this type in a schemata file, as the kernel formats it but without surrounding blanks; null if there is none.
    /// </summary>
    public static string? Find(string type, string[] schemata) => Array.Find(schemata, line => Split(line).Type == type);

    private static (string Type, string Values) Split(string line)
        => line.IndexOf(':') is >= 0 and int colon ? (line[..colon].Trim(), line[(colon + 1)..]) : (line.Trim(), "");

    /// <summary>A mask is hexadecimal, with any number of leading zeros.</summary>
    private static bool AreEqual(string a, string b, bool isMask)
    {
        int equalsA = a.IndexOf('='), equalsB = b.IndexOf('=');
        return equalsA >= 0 && equalsB >= 0 && a[..equalsA].Trim() == b[..equalsB].Trim()
            && Normalize(a[(equalsA + 1)..], isMask) == Normalize(b[(equalsB + 1)..], isMask);
    }

    private static string Normalize(string value, bool isMask)
    {
        ReadOnlySpan<char> text = value.AsSpan().Trim();
        if (isMask && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            text = text[2..];
        NumberStyles style = isMask ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        bool isNumber = ulong.TryParse(text, style, CultureInfo.InvariantCulture, out ulong number);
        return isNumber ? number.ToString() : text.ToString();
    }
}
