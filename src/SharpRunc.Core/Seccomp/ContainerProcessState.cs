using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Seccomp;

/// <summary>config-linux.md#containerprocessstate: what a seccomp listener receives along with the filter's descriptor.</summary>
internal static class ContainerProcessState
{
    /// <param name="pid">Of the process with the filter, "as seen by the runtime".</param>
    public static byte[] Write(SeccompListener listener, int pid)
    {
        bool isInit = listener.InitPid == 0;
        JsonText json = new();
        json.StartObject();
        json.Member("ociVersion", SpecVersion.Current);
        json.Name("fds");
        json.StartArray();
        json.Value("seccompFd");
        json.EndArray();
        json.Member("pid", pid);
        if (listener.Metadata is not null)
            json.Member("metadata", listener.Metadata);
        json.Name("state");
        string status = isInit ? "creating" : "running";
        int init = isInit ? pid : listener.InitPid;
        StateJson.WriteForHook(json, listener.Id, status, init, listener.Bundle, listener.Annotations);
        json.EndObject();
        return json.Written.ToArray();
    }
}
