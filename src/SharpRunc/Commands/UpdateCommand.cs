using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class UpdateCommand
{
    private const string ResourcesFlag = "resources";

    public static readonly Command Command = new("update", "<container-id>", "change a container's resource limits")
    {
        Description = """
            What is not given stays as it is. The file has the form of linux.resources in config.json; its devices are passed over.
            Sizes are bytes, or have a suffix k, m or g; -1 is no limit.
            """,
        Flags =
        [
            new(ResourcesFlag, 'r', FlagKind.Path, "file with the resources as JSON, or - for stdin; all other flags are ignored"),
            .. LimitFlags.All,
            new("l3-cache-schema", '\0', FlagKind.Text, "Intel RDT: the L3 cache schema"),
            new("mem-bw-schema", '\0', FlagKind.Text, "Intel RDT: the memory bandwidth schema"),
            new("kernel-memory", '\0', FlagKind.Text, "obsolete", Hidden: true),
            new("kernel-memory-tcp", '\0', FlagKind.Text, "obsolete", Hidden: true),
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        string? l3CacheSchema = NotEmpty("l3-cache-schema"), memBwSchema = NotEmpty("mem-bw-schema");
        if (given.Text("kernel-memory") is not null || given.Text("kernel-memory-tcp") is not null)
            context.Warn("kernel memory settings are ignored");
        if (given.Text(ResourcesFlag) is { Length: > 0 } path)
        {
            if (LimitFlags.FirstOf(given) is { } ignored)
                context.Warn($"--{ignored} is ignored because of --{ResourcesFlag}");
            Update.Run(context, given.Id, Read(context, path), l3CacheSchema, memBwSchema);
        }
        else
            Update.Run(context, given.Id, LimitFlags.Resources(given), l3CacheSchema, memBwSchema);
        return 0;

        string? NotEmpty(string flag) => given.Text(flag) is { Length: > 0 } text ? text : null;
    }

    private static Resources Read(RuntimeContext context, string path)
    {
        ReaderNotes notes = new() { WantsUnknown = true };
        // Standard input belongs to the caller and must stay open.
        const int Limit = ConfigReader.MaxBytes + 1;
        bool isInput = path == "-";
        byte[] json;
        try
        {
            json = isInput ? Sys.ReadAll(Fd.Borrow(0), path, Limit) : InputFile.Read(path, "--resources", Limit, mayBePipe: true);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.UsageFile, e, "cannot read --resources");
        }
        Resources resources = ConfigReader.ReadResources(json, notes, isInput ? "stdin" : path);
        if (notes.Unknown.Count > 0 && resources.Devices.Length == 0 && ResourcesJson.IsEmpty(resources))
            context.Warn($"unknown to update: {string.Join("; ", notes.Unknown)}");
        context.Report(notes);
        return resources;
    }
}
