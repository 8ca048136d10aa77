using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#block-io.</summary>
internal static unsafe class BlockIoReader
{
    public static BlockIoResources BlockIo(ref JsonCursor json)
    {
        ushort? weight = null, leafWeight = null;
        WeightDevice[] weightDevice = [];
        ThrottleDevice[] throttleReadBpsDevice = [], throttleWriteBpsDevice = [], throttleReadIopsDevice = [], throttleWriteIopsDevice = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("weight"u8)) weight = json.UInt16();
            else if (json.Is("leafWeight"u8)) leafWeight = json.UInt16();
            else if (json.Is("weightDevice"u8)) weightDevice = json.Array(&WeightDevice);
            else if (json.Is("throttleReadBpsDevice"u8)) throttleReadBpsDevice = json.Array(&ThrottleDevice);
            else if (json.Is("throttleWriteBpsDevice"u8)) throttleWriteBpsDevice = json.Array(&ThrottleDevice);
            else if (json.Is("throttleReadIOPSDevice"u8)) throttleReadIopsDevice = json.Array(&ThrottleDevice);
            else if (json.Is("throttleWriteIOPSDevice"u8)) throttleWriteIopsDevice = json.Array(&ThrottleDevice);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Weight = weight,
            LeafWeight = leafWeight,
            WeightDevice = weightDevice,
            ThrottleReadBpsDevice = throttleReadBpsDevice,
            ThrottleWriteBpsDevice = throttleWriteBpsDevice,
            ThrottleReadIopsDevice = throttleReadIopsDevice,
            ThrottleWriteIopsDevice = throttleWriteIopsDevice,
        };
    }

    private static WeightDevice WeightDevice(ref JsonCursor json)
    {
        long? major = null, minor = null;
        ushort? weight = null, leafWeight = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("major"u8)) major = json.Int64(0);
            else if (json.Is("minor"u8)) minor = json.Int64(0);
            else if (json.Is("weight"u8)) weight = json.UInt16();
            else if (json.Is("leafWeight"u8)) leafWeight = json.UInt16();
            else json.SkipUnknown(ref at);
        }
        return new WeightDevice(major ?? throw json.Missing(at, "major"), minor ?? throw json.Missing(at, "minor"), weight, leafWeight);
    }

    private static ThrottleDevice ThrottleDevice(ref JsonCursor json)
    {
        long? major = null, minor = null;
        ulong? rate = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("major"u8)) major = json.Int64(0);
            else if (json.Is("minor"u8)) minor = json.Int64(0);
            else if (json.Is("rate"u8)) rate = json.UInt64();
            else json.SkipUnknown(ref at);
        }
        return new ThrottleDevice(
            major ?? throw json.Missing(at, "major"), minor ?? throw json.Missing(at, "minor"), rate ?? throw json.Missing(at, "rate"));
    }
}
